#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// The saved states of a stage that is not finished: `state.<step>.safetensors` in the stage's folder, each sealed.
class FLASHMOTION_EXPORT StageStates {
 public:
  /// The last `keep` states stay (at least 1).
  StageStates(std::filesystem::path folder, std::int64_t keep);

  /// Writes one, then removes those that are too many.
  void save(std::int64_t step, const NamedTensors& state) const;

  struct Restored {
    std::optional<std::int64_t> step;  // of the state that was read; none: there is none
    std::vector<std::string> damaged;  // a sentence for each newer one that was left out
  };
  /// Fills the tensors from the newest state. When it is damaged: throws InputError that names it and the newest whole
  /// one; with `skip_damaged` removes it and goes on with the one before. Nothing is changed by a state that is
  /// damaged.
  [[nodiscard]] Restored restore(const NamedTensors& state, bool skip_damaged) const;

  /// The file of a step's state.
  [[nodiscard]] std::filesystem::path file(std::int64_t step) const;
  /// Steps of the states that are there, the newest first.
  [[nodiscard]] std::vector<std::int64_t> steps() const;
  /// Removes all of them.
  void clear() const;

 private:
  std::filesystem::path folder_;
  std::int64_t keep_;
};

}  // namespace flashmotion
