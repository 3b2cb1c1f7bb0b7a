#include "flashmotion/metrics/mask_centre_error.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cstdint>

namespace flashmotion {
namespace mask_centre_error_detail {

constexpr double kHeight = 480;  // of the frame in whose pixels distances are given

}  // namespace mask_centre_error_detail

void MaskCentreErrorSum::add(const Tensor& found, const ClipBatch& real) {
  if (found.dim() != 5 || found.sizes() != real.masks.sizes()) {
    throw ShapeError("found masks for the centre error do not have the real masks' shape; give [B, K, F, H, W]");
  }
  const auto height = found.size(3), width = found.size(4);
  const auto scale = mask_centre_error_detail::kHeight / static_cast<double>(height);
  const auto total = found.sum({-2, -1}).to(at::kDouble);  // [B, K, F]
  const auto position = [&](std::int64_t across, std::int64_t size) {
    const auto pixel = at::arange(size, total.options()) + 0.5;
    return (found.sum(across).to(at::kDouble) * pixel).sum(-1) / total.clamp_min(1);
  };
  const auto box = real.boxes.to(at::kDouble);
  const auto off_x = position(-2, width) - (box.select(-1, 0) + box.select(-1, 2)) * (static_cast<double>(width) / 2);
  const auto off_y = position(-1, height) - (box.select(-1, 1) + box.select(-1, 3)) * (static_cast<double>(height) / 2);
  auto error = (off_x.square() + off_y.square()).sqrt();
  const auto lost = static_cast<double>(std::max(height, width)) / 2;
  error = at::where(total > 0, error, at::full_like(error, lost)) * scale;
  const auto visible = real.masks.flatten(-2).any(-1) & real.valid.unsqueeze(-1);
  const std::int64_t given = sum_.defined() ? 0 : 1;  // the first frame
  const auto counts = visible.slice(2, given).to(at::kDouble);
  const auto sum = (error.slice(2, given) * counts).sum({1, 2}), number = counts.sum({1, 2});
  sum_ = sum_.defined() ? sum_ + sum : sum;
  number_ = number_.defined() ? number_ + number : number;
}

Tensor MaskCentreErrorSum::value() const {
  if (!sum_.defined()) throw ShapeError("the centre error of no frames is asked for; add some first");
  return sum_ / number_.clamp_min(1);
}

Tensor mask_centre_error(const Tensor& found, const ClipBatch& real) {
  MaskCentreErrorSum sum;
  sum.add(found, real);
  return sum.value();
}

}  // namespace flashmotion
