#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/pipeline/clip_size.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/pipeline/wan_folder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {

/// Memory of one phase of making a clip, in bytes.
struct PlannedPhase {
  std::string name;
  std::int64_t weights = 0;
  std::int64_t activations = 0;
  bool mapped = false;  // the weights stay in their files: the system can take that memory back

  [[nodiscard]] std::int64_t total() const { return weights + activations; }
};

/// What an adapter adds.
struct PlannedAdapter {
  std::int64_t parameters = 0;
  std::int64_t sites = 0;  // that it adds tokens at
};

struct PlannedClip {
  PixelSize size;
  std::int64_t frames = 0;
  bool image = false;
  bool guidance = false;  // two passes a step
  PlannedAdapter adapter{};
};

/// The phases in their order. Weights are counted; activations are estimates, fitted to peaks on a GPU in bfloat16. A
/// CPU's libraries take buffers beside them, and a GPU's context some hundred megabytes.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<PlannedPhase> plan_memory(const WanFolder& folder,
                                                                       const Arithmetic& arithmetic,
                                                                       const PlannedClip& clip);

/// Numbers of all tensors.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t parameters_of(const NamedTensors& tensors);

}  // namespace flashmotion
