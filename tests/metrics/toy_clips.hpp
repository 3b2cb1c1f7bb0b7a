#pragma once

#include "flashmotion/data/toy_motion.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <optional>

namespace toy_clips {

inline flashmotion::ClipBatch draw(std::int64_t count, std::optional<std::int64_t> objects = {},
                                   std::uint64_t seed = 5) {
  flashmotion::Rng rng(seed, "clips");
  return flashmotion::ToyMotion().draw({.count = count, .objects = objects}, rng);
}

/// Box blur of odd width.
inline torch::Tensor blur(const torch::Tensor& video, std::int64_t width) {
  const auto frames = video.transpose(1, 2).flatten(0, 1);
  const auto soft = torch::avg_pool2d(frames, width, 1, width / 2, false, false);
  return soft.view({video.size(0), video.size(2), 3, video.size(3), video.size(4)}).transpose(1, 2).contiguous();
}

inline double mean_of(const torch::Tensor& values) { return values.mean().item<double>(); }

}  // namespace toy_clips
