#include "flashmotion/metrics/trajectory_iou.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace flashmotion {
namespace trajectory_iou_detail {

// First and last-plus-one index of the true entries of `line` [..., N], as fractions of N.
std::pair<Tensor, Tensor> extent(const Tensor& line) {
  const auto count = static_cast<double>(line.size(-1));
  const auto index = at::arange(line.size(-1), line.options().dtype(at::kFloat)).expand_as(line);
  const auto low = at::where(line, index, at::full_like(index, count)).amin(-1);
  const auto high = at::where(line, index + 1, at::zeros_like(index)).amax(-1);
  return {low / count, high / count};
}

Tensor area(const Tensor& box) {
  return (box.select(-1, 2) - box.select(-1, 0)).clamp_min(0) * (box.select(-1, 3) - box.select(-1, 1)).clamp_min(0);
}

Tensor box_iou(const Tensor& a, const Tensor& b) {
  const auto low = at::maximum(a.slice(-1, 0, 2), b.slice(-1, 0, 2));
  const auto high = at::minimum(a.slice(-1, 2, 4), b.slice(-1, 2, 4));
  const auto shared = (high - low).clamp_min(0).prod(-1);
  return shared / (area(a) + area(b) - shared).clamp_min(1e-9);
}

// Mean of what counts, 1 where nothing does. [B]
Tensor mean_of_counted(const Tensor& sum, const Tensor& number) {
  return at::where(number > 0, sum / number.clamp_min(1), at::ones_like(sum));
}

}  // namespace trajectory_iou_detail

Tensor tight_boxes(const Tensor& masks) {
  const auto [x0, x1] = trajectory_iou_detail::extent(masks.any(-2));
  const auto [y0, y1] = trajectory_iou_detail::extent(masks.any(-1));
  const auto present = masks.flatten(-2).any(-1).unsqueeze(-1);
  const auto boxes = at::stack({x0, y0, x1, y1}, -1);
  return at::where(present, boxes, at::zeros_like(boxes));
}

void TrajectoryIouSum::add(const Tensor& found, const ClipBatch& real) {
  if (found.sizes() != real.masks.sizes()) {
    throw ShapeError(fmt::format("found masks of {} clips do not have the real masks' shape; give [B, K, F, H, W]",
                                 found.dim() > 0 ? found.size(0) : 0));
  }
  const auto there = found.flatten(-2).any(-1), visible = real.masks.flatten(-2).any(-1);  // [B, K, F]
  const auto counts = (there | visible) & real.valid.unsqueeze(-1);
  const auto both = there & visible;
  const auto shared = (found & real.masks).sum({-2, -1}).to(at::kDouble);
  const auto joined = (found | real.masks).sum({-2, -1}).to(at::kDouble).clamp_min(1);
  const auto box = trajectory_iou_detail::box_iou(tight_boxes(found), real.boxes) * both;
  // Over objects and the frames after the first.
  const std::int64_t given = number_.defined() ? 0 : 1;
  const auto weight = counts.slice(2, given).to(at::kDouble);
  const auto sum = [&](const Tensor& value) { return (value.slice(2, given).to(at::kDouble) * weight).sum({1, 2}); };
  const auto add_to = [](Tensor& all, const Tensor& part) { all = all.defined() ? all + part : part; };
  add_to(box_, sum(box));
  add_to(mask_, sum(shared / joined));
  add_to(number_, weight.sum({1, 2}));
}

TrajectoryIou TrajectoryIouSum::value() const {
  if (!number_.defined()) throw ShapeError("the overlap of no frames is asked for; add some first");
  return {trajectory_iou_detail::mean_of_counted(box_, number_),
          trajectory_iou_detail::mean_of_counted(mask_, number_)};
}

TrajectoryIou trajectory_iou(const Tensor& found, const ClipBatch& real) {
  TrajectoryIouSum sum;
  sum.add(found, real);
  return sum.value();
}

}  // namespace flashmotion
