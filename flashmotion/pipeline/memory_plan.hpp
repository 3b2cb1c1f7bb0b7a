#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/pipeline/clip_size.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/pipeline/wan_folder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Memory of one phase of making a clip, in bytes.
struct PlannedPhase {
  std::string name;
  std::int64_t weights = 0;
  std::int64_t activations = 0;
  bool mapped = false;        // the weights stay in their files: the system can take that memory back
  std::int64_t blocks = 0;    // of its network, where these can wait elsewhere
  std::int64_t resident = 0;  // of them that stay on the device

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
  std::int64_t decode_tile = 0;  // pixels of the side of the tiles that it is decoded in; 0: whole frames
};

/// What a user allows.
struct MemoryLimits {
  std::optional<std::int64_t> budget{};               // bytes on the device; none: as much as is needed
  nn::WeightFormat format = nn::WeightFormat::plain;  // of the transformer's blocks
};

/// The phases in their order. Weights are counted; activations are estimates, fitted to peaks on a GPU in bfloat16. A
/// CPU's libraries take buffers beside them, and a GPU's context some hundred megabytes, which a budget leaves free.
/// With a budget as many blocks of text encoder and transformer stay on the device as fit. Throws InputError when a
/// phase does not fit without any of them; it says what it needs.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<PlannedPhase> plan_memory(const WanFolder& folder,
                                                                       const Arithmetic& arithmetic,
                                                                       const PlannedClip& clip,
                                                                       const MemoryLimits& limits = {});

/// How the network of a phase is to be loaded: of `text` or `denoise`.
[[nodiscard]] FLASHMOTION_EXPORT BlockPlacement placement_of(const std::vector<PlannedPhase>& phases,
                                                             std::string_view phase, const MemoryLimits& limits);

/// Numbers of all tensors.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t parameters_of(const NamedTensors& tensors);

}  // namespace flashmotion
