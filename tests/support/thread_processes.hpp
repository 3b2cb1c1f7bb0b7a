#pragma once

#include "flashmotion/processes/processes.hpp"

#include <torch/torch.h>

#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

// Processes of a run as threads of this program: the same laws, without a network.

namespace thread_processes {

/// What the threads share.
class Meeting {
 public:
  explicit Meeting(std::size_t size) : values(size), texts(size), barrier(static_cast<std::ptrdiff_t>(size)) {}
  std::vector<at::Tensor> values;
  std::vector<std::string> texts;
  std::barrier<> barrier;
};

class Member final : public flashmotion::Processes {
 public:
  Member(Meeting& meeting, std::int64_t rank)
      : Processes(rank, static_cast<std::int64_t>(meeting.values.size())), meeting_(meeting) {}
  void sum_(const at::Tensor& values) override {
    combine(values, [](const at::Tensor& a, const at::Tensor& b) { return a + b; });
  }
  void max_(const at::Tensor& values) override {
    combine(values, [](const at::Tensor& a, const at::Tensor& b) { return at::maximum(a, b); });
  }
  void broadcast_(const at::Tensor& values) override {
    combine(values, [](const at::Tensor& a, const at::Tensor&) { return a; });
  }
  [[nodiscard]] std::vector<std::string> gather(const std::string& text) override {
    meeting_.texts[static_cast<std::size_t>(rank())] = text;
    meeting_.barrier.arrive_and_wait();
    std::vector<std::string> all = meeting_.texts;
    meeting_.barrier.arrive_and_wait();
    return all;
  }
  [[nodiscard]] std::string tell(const std::string& text) override { return gather(text).front(); }
  void leave() noexcept override {}
  void fail(std::string_view, bool) noexcept override {}

 private:
  template <class Both>
  void combine(const at::Tensor& values, Both both) {
    meeting_.values[static_cast<std::size_t>(rank())] = values.clone();
    meeting_.barrier.arrive_and_wait();
    at::Tensor all = meeting_.values[0];
    for (std::size_t i = 1; i < meeting_.values.size(); ++i) all = both(all, meeting_.values[i]);
    at::Tensor target = values;
    target.copy_(all);
    meeting_.barrier.arrive_and_wait();
  }
  Meeting& meeting_;
};

/// Calls `work` in `size` threads, each as one process. Throws what the first of them threw; when one throws, all must.
inline void run(std::int64_t size, const std::function<void(flashmotion::Processes&)>& work) {
  Meeting meeting(static_cast<std::size_t>(size));
  std::vector<std::exception_ptr> problems(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (std::int64_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      Member member(meeting, rank);
      try {
        work(member);
      } catch (...) {
        problems[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& problem : problems)
    if (problem) std::rethrow_exception(problem);
}

}  // namespace thread_processes
