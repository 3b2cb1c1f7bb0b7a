#include "flashmotion/train/stage_states.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <string_view>
#include <utility>

namespace flashmotion {
namespace stage_states_detail {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "state.";
constexpr std::string_view kEnd = ".safetensors";

}  // namespace stage_states_detail

StageStates::StageStates(std::filesystem::path folder, std::int64_t keep)
    : folder_(std::move(folder)), keep_(std::max<std::int64_t>(1, keep)) {}

std::filesystem::path StageStates::file(std::int64_t step) const {
  return folder_ / fmt::format("{}{}{}", stage_states_detail::kBegin, step, stage_states_detail::kEnd);
}

std::vector<std::int64_t> StageStates::steps() const {
  using namespace stage_states_detail;
  std::vector<std::int64_t> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= kBegin.size() + kEnd.size() || !name.starts_with(kBegin) || !name.ends_with(kEnd)) continue;
    const char* const end = name.data() + name.size() - kEnd.size();
    std::int64_t step = 0;
    const auto [rest, problem] = std::from_chars(name.data() + kBegin.size(), end, step);
    if (problem == std::errc() && rest == end) found.push_back(step);
  }
  std::sort(found.begin(), found.end(), std::greater<>());
  return found;
}

void StageStates::save(std::int64_t step, const NamedTensors& state) const {
  using namespace stage_states_detail;
  write_sealed_safetensors(file(step), state, {{"format", "flashmotion"}, {"role", "state"}});
  const std::vector<std::int64_t> found = steps();
  for (std::size_t i = static_cast<std::size_t>(keep_); i < found.size(); ++i) fs::remove(file(found[i]));
}

StageStates::Restored StageStates::restore(const NamedTensors& state, bool skip_damaged) const {
  using namespace stage_states_detail;
  Restored restored;
  const std::vector<std::int64_t> found = steps();
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::string problem = seal_damage(file(found[i]));
    if (problem.empty()) {
      load_into(SafetensorsFile(file(found[i])), state);
      restored.step = found[i];
      break;
    }
    if (!skip_damaged) {
      const auto whole = std::find_if(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(),
                                      [&](std::int64_t step) { return seal_damage(file(step)).empty(); });
      throw InputError(fmt::format(
          "{}; {}", problem,
          whole == found.end()
              ? std::string("no whole state is left, and --resume=previous begins the stage anew")
              : fmt::format("the state before it, of step {}, is whole: --resume=previous goes on from there and comes "
                            "to the same result",
                            *whole)));
    }
    fs::remove(file(found[i]));
    restored.damaged.push_back(std::move(problem));
  }
  return restored;
}

void StageStates::clear() const {
  for (const std::int64_t step : steps()) std::filesystem::remove(file(step));
}

}  // namespace flashmotion
