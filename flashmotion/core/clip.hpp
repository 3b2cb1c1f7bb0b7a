#pragma once

#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// What clips were encoded to ahead of time.
struct EncodedClips {
  Tensor clean{};          // [B, C, T, h, w]
  Tensor control_masks{};  // [B, C, T, h, w] of the control maps drawn from masks
  Tensor control_boxes{};  // [B, C, T, h, w] of those drawn from boxes
  Tensor text{};           // [B, L, D]
};

/// Clips with all that is known of their objects. K is the largest number of objects; rows of
/// objects that a clip does not have are zero and marked in `valid`.
struct ClipBatch {
  Tensor video;                      // [B, 3, F, H, W] float32 in [-1, 1]; undefined where only `encoded` is there
  Tensor masks;                      // [B, K, F, H, W] bool, the visible pixels of each object; as `video`
  Tensor boxes;                      // [B, K, F, 4] float32 x0, y0, x1, y1, normalised, half open
  Tensor valid;                      // [B, K] bool
  Tensor colours;                    // [B, K, 3] float32 RGB in [0, 1], the object's colour in control maps
  std::vector<std::string> prompts;  // B texts, may be empty strings
  EncodedClips encoded{};            // undefined where clips come as pixels

  [[nodiscard]] std::int64_t size() const { return boxes.size(0); }
};

enum class Split { train, evaluation };

/// What a stage or an evaluation asks a dataset for.
struct ClipRequest {
  std::int64_t count = 1;
  std::optional<std::int64_t> objects = {};  // exactly so many objects in every clip
  Split split = Split::train;
};

/// Extent of a dataset's clips.
struct ClipSpec {
  std::int64_t frames = 0;  // 1 + 4k
  std::int64_t height = 0;  // pixels
  std::int64_t width = 0;   // pixels
  std::int64_t max_objects = 0;
};

}  // namespace flashmotion
