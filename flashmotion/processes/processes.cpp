#include "flashmotion/processes/processes.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <cstddef>

namespace flashmotion {
namespace processes_detail {

constexpr char kDone = 'd';
constexpr char kStopped = 's';

}  // namespace processes_detail

Processes::~Processes() = default;

std::string Processes::open_sums(const c10::Device& /*device*/) { return {}; }

std::string told_by_first(Processes& processes, const std::function<std::string()>& work) {
  using namespace processes_detail;
  if (processes.alone()) return work();
  if (processes.first()) {
    std::string made;
    try {
      made = work();
    } catch (const Interrupted& stop) {
      static_cast<void>(processes.tell(fmt::format("{}{}", kStopped, stop.signal())));
      throw;
    }
    static_cast<void>(processes.tell(kDone + made));
    return made;
  }
  const std::string told = processes.tell({});
  if (told.front() == kStopped) throw Interrupted(std::stoi(told.substr(1)));
  return told.substr(1);
}

void by_first(Processes& processes, const std::function<void()>& work) {
  told_by_first(processes, [&] {
    work();
    return std::string();
  });
}

void expect_agreement(Processes& processes, const std::string& text,
                      const std::function<std::string(const std::string&, const std::string&)>& difference) {
  if (processes.alone()) return;
  const std::vector<std::string> texts = processes.gather(text);
  for (std::size_t i = 1; i < texts.size(); ++i) {
    if (texts[i] != texts[0])
      throw InputError(fmt::format("process {} of {} {}", i, processes.size(), difference(texts[0], texts[i])));
  }
}

int any_signal(Processes& processes, int signal) {
  if (processes.alone()) return signal;
  const Tensor number = at::full({1}, signal, at::kLong);
  processes.max_(number);
  return static_cast<int>(number.item<std::int64_t>());
}

}  // namespace flashmotion
