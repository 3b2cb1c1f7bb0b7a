#include "flashmotion/metrics/centre_error.hpp"

#include "flashmotion/metrics/chroma.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

namespace flashmotion {
namespace centre_error_detail {

constexpr double kFloor = 0.12;  // chroma below it is background
constexpr double kLeast = 0.5;   // total chroma of a frame below which an object is not there

}  // namespace centre_error_detail

Tensor centre_error(const Tensor& video, const ClipBatch& real, const Tensor& palette) {
  const auto scores = chroma_scores(video, real, palette);
  const auto own = scores.nearest & (scores.magnitude > centre_error_detail::kFloor);
  const auto weight = at::where(own, scores.along, at::zeros_like(scores.along)).to(at::kDouble);  // [B, K, F, H, W]
  const auto height = video.size(3), width = video.size(4);
  const auto total = weight.sum({-2, -1});
  const auto position = [&](std::int64_t across, std::int64_t size) {
    const auto pixel = at::arange(size, weight.options()) + 0.5;
    return (weight.sum(across) * pixel).sum(-1) / total.clamp_min(1e-6);
  };
  const auto box = real.boxes.to(at::kDouble);
  const auto off_x = position(-2, width) - (box.select(-1, 0) + box.select(-1, 2)) * (static_cast<double>(width) / 2);
  const auto off_y = position(-1, height) - (box.select(-1, 1) + box.select(-1, 3)) * (static_cast<double>(height) / 2);
  auto error = (off_x.square() + off_y.square()).sqrt();
  const auto missed = static_cast<double>(std::max(height, width)) / 2;
  error = at::where(total < centre_error_detail::kLeast, at::full_like(error, missed), error);
  const auto counts = real.valid.unsqueeze(-1).expand_as(error).slice(2, 1).to(at::kDouble);
  return (error.slice(2, 1) * counts).sum({1, 2}) / counts.sum({1, 2}).clamp_min(1);
}

}  // namespace flashmotion
