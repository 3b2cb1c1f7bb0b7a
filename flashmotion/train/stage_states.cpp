#include "flashmotion/train/stage_states.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

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

// Of everything that a state consists of, one tensor at a time.
std::string digest_of(const NamedTensors& state) {
  Sha256 digest;
  for (const auto& [name, tensor] : state) {
    digest.update(fmt::format("{} {} {}\n", name, c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ",")));
    const Tensor flat = tensor.detach().to(torch::kCPU).contiguous();
    digest.update({static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
  }
  return digest.hex();
}

SafetensorsMetadata metadata_of(const std::string& digest) {
  return {{"format", "flashmotion"}, {"role", "state"}, {"sha256", digest}};
}

// The header is filled up with blanks, which no digest covers and a reader of JSON takes other bytes for.
bool blank_filling(std::string_view bytes) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 8; ++i) size |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  const std::string_view header = bytes.substr(8, size);
  return header.find_first_not_of(' ', header.rfind('}') + 1) == std::string_view::npos;
}

// What is wrong with a file; empty when it is whole.
std::string damage(const fs::path& file) {
  try {
    const SafetensorsFile opened(file);
    const std::string digest = digest_of(opened.tensors());
    if (!blank_filling(opened.file().bytes())) return fmt::format("'{}' is damaged: its header is", file.string());
    if (opened.metadata() == metadata_of(digest)) return {};
    const auto kept = opened.metadata().find("sha256");
    return fmt::format("'{}' is damaged: its numbers have the SHA-256 {} and were written with {}", file.string(),
                       digest, kept == opened.metadata().end() ? "none" : kept->second);
  } catch (const InputError& problem) {
    return fmt::format("'{}' is damaged: {}", file.string(), problem.what());
  }
}

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
  write_safetensors(file(step), state, metadata_of(digest_of(state)));
  const std::vector<std::int64_t> found = steps();
  for (std::size_t i = static_cast<std::size_t>(keep_); i < found.size(); ++i) fs::remove(file(found[i]));
}

StageStates::Restored StageStates::restore(const NamedTensors& state, bool skip_damaged) const {
  using namespace stage_states_detail;
  Restored restored;
  const std::vector<std::int64_t> found = steps();
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::string problem = damage(file(found[i]));
    if (problem.empty()) {
      load_into(SafetensorsFile(file(found[i])), state);
      restored.step = found[i];
      break;
    }
    if (!skip_damaged) {
      const auto whole = std::find_if(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(),
                                      [&](std::int64_t step) { return damage(file(step)).empty(); });
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
