#include "flashmotion/trajectory/object_cover.hpp"

#include "flashmotion/trajectory/latent_frames.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/zeros.h>

namespace flashmotion {
namespace object_cover_detail {

// Share of each of `cells` cells between 0 and 1 that lies from `low` to `high`: [..] to [.., cells].
Tensor overlap(const Tensor& low, const Tensor& high, std::int64_t cells) {
  const double count = static_cast<double>(cells);
  const Tensor left = at::arange(cells, low.options()) / count;
  const Tensor part = at::minimum(left + 1.0 / count, high.unsqueeze(-1)) - at::maximum(left, low.unsqueeze(-1));
  return part.clamp_min(0.0) * count;
}

}  // namespace object_cover_detail

Tensor object_cover(const Tensor& boxes, const Tensor& valid, std::int64_t height, std::int64_t width) {
  const std::int64_t later = latent_frames(boxes.size(2)) - 1;
  if (boxes.size(1) == 0) return at::zeros({boxes.size(0), 1, later + 1, height, width}, boxes.options());
  const auto side = [&](std::int64_t i) { return boxes.select(-1, i); };
  const Tensor columns = object_cover_detail::overlap(side(0), side(2), width);  // [B, K, F, W]
  const Tensor rows = object_cover_detail::overlap(side(1), side(3), height);    // [B, K, F, H]
  const Tensor exists = valid.to(boxes.scalar_type()).view({valid.size(0), valid.size(1), 1, 1, 1});
  Tensor share = (rows.unsqueeze(-1) * columns.unsqueeze(-2) * exists).amax(1, true);  // [B, 1, F, H, W]
  if (later == 0) return share;
  const Tensor groups = share.narrow(2, 1, later * kFramesPerLatent).unflatten(2, {later, kFramesPerLatent}).mean(3);
  return at::cat({share.narrow(2, 0, 1), groups}, 2);
}

}  // namespace flashmotion
