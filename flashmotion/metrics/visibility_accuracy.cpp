#include "flashmotion/metrics/visibility_accuracy.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

namespace flashmotion {

Tensor visibility_accuracy(const Tensor& found, const ClipBatch& real) {
  if (found.dim() != 5 || found.sizes() != real.masks.sizes()) {
    throw ShapeError("found masks for the visibility do not have the real masks' shape; give [B, K, F, H, W]");
  }
  const auto seen = found.flatten(-2).any(-1), visible = real.masks.flatten(-2).any(-1);  // [B, K, F]
  const auto right = ((seen == visible) & real.valid.unsqueeze(-1)).slice(2, 1).to(at::kDouble).sum({1, 2});
  const auto number = real.valid.sum(1).to(at::kDouble) * static_cast<double>(found.size(2) - 1);
  return at::where(number > 0, right / number.clamp_min(1), at::ones_like(right));
}

}  // namespace flashmotion
