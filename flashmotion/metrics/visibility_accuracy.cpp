#include "flashmotion/metrics/visibility_accuracy.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include <cstdint>

namespace flashmotion {

void VisibilityAccuracySum::add(const Tensor& found, const ClipBatch& real) {
  if (found.dim() != 5 || found.sizes() != real.masks.sizes()) {
    throw ShapeError("found masks for the visibility do not have the real masks' shape; give [B, K, F, H, W]");
  }
  const std::int64_t given = right_.defined() ? 0 : 1;                                    // the first frame
  const auto seen = found.flatten(-2).any(-1), visible = real.masks.flatten(-2).any(-1);  // [B, K, F]
  const auto right = ((seen == visible) & real.valid.unsqueeze(-1)).slice(2, given).to(at::kDouble).sum({1, 2});
  const auto number = real.valid.sum(1).to(at::kDouble) * static_cast<double>(found.size(2) - given);
  right_ = right_.defined() ? right_ + right : right;
  number_ = number_.defined() ? number_ + number : number;
}

Tensor VisibilityAccuracySum::value() const {
  if (!right_.defined()) throw ShapeError("the visibility of no frames is asked for; add some first");
  return at::where(number_ > 0, right_ / number_.clamp_min(1), at::ones_like(right_));
}

Tensor visibility_accuracy(const Tensor& found, const ClipBatch& real) {
  VisibilityAccuracySum sum;
  sum.add(found, real);
  return sum.value();
}

}  // namespace flashmotion
