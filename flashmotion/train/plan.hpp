#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/train/recipe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// A network of a stage.
struct PlannedRole {
  std::string name;
  std::int64_t parameters = 0;
  bool trained = false;
};

/// Peak memory of a stage's tensors in bytes on the device that computes; trained ones in float32. Activations are an
/// estimate; docs/recipes.md says how near it comes. Libraries and a GPU's context come beside it: some hundred
/// megabytes a process.
struct FLASHMOTION_EXPORT PlannedMemory {
  std::int64_t weights = 0;
  std::int64_t mapped = 0;  // weights of frozen generators, which stay in their files; not in the sums below
  std::int64_t host = 0;    // momenta that wait on the host while a GPU computes (optimiser.offload); not in the sums
  std::int64_t gradients = 0;
  std::int64_t optimiser = 0;
  std::int64_t average = 0;                // of the weights
  std::int64_t activations_per_clip = 0;   // of the largest pass that goes back, as the recipe has it
  std::int64_t kept_per_clip = 0;          // the same without checkpointing
  std::int64_t checkpointed_per_clip = 0;  // and with it

  /// What does not depend on the batch.
  [[nodiscard]] std::int64_t fixed() const { return weights + gradients + optimiser + average; }
  [[nodiscard]] std::int64_t total(std::int64_t batch) const { return fixed() + batch * activations_per_clip; }
  /// The largest batch within so many bytes; 0: not even one clip.
  [[nodiscard]] std::int64_t largest_batch(std::int64_t bytes) const;
};

struct PlannedStage {
  std::string name;
  StageKind kind = StageKind::pretrain;
  bool loaded = false;  // taken from a file, not trained
  std::vector<std::string> takes;
  std::vector<std::string> leaves;
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::vector<PlannedRole> roles;
  PlannedMemory memory;
};

struct PlannedFile {
  std::string key;  // that names it
  std::string file;
  bool exists = false;
};

/// What a recipe would take.
struct Plan {
  bool on_gpu = false;  // networks compute there, by `run.device`
  std::int64_t tokens_per_clip = 0;
  bool checkpointing = false;         // as the recipe has it
  bool counts_are_estimates = false;  // of adapters, at generators above a billion parameters
  std::vector<PlannedStage> stages;
  std::vector<PlannedFile> files;
};

/// Plans a recipe that was found right. The generator takes no memory; adapters and heads are built once to be counted,
/// at a large generator adapters with a few of its blocks. No GPU is needed to plan for one; `auto` plans for the
/// device that it would take here. Throws PluginError when a plugin fails.
[[nodiscard]] FLASHMOTION_EXPORT Plan plan_recipe(const Recipe& recipe, const Catalog& catalog);

}  // namespace flashmotion
