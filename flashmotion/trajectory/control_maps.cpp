#include "flashmotion/trajectory/control_maps.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/detail/paint.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flashmotion {
namespace control_maps_detail {

void expect_boxes(const Tensor& boxes, std::int64_t height, std::int64_t width) {
  if (boxes.dim() >= 1 && boxes.size(-1) == 4 && boxes.is_floating_point() && height >= 1 && width >= 1) return;
  throw ShapeError(fmt::format("boxes have the shape [{}] for {}x{} pixels, expected float [..., 4]",
                               fmt::join(boxes.sizes(), ", "), width, height));
}

// `shapes` are [B, K, F, …], with `dimensions` in all.
void expect_objects(const Tensor& shapes, std::int64_t dimensions, const Tensor& valid, const Tensor& colours) {
  if (shapes.dim() == dimensions && valid.sizes() == shapes.sizes().slice(0, 2) && colours.dim() == 3 &&
      colours.sizes().slice(0, 2) == shapes.sizes().slice(0, 2) && colours.size(2) == 3)
    return;
  throw ShapeError(
      fmt::format("control maps need [B, K, F, …], valid [B, K] and colours [B, K, 3], found [{}], [{}] and [{}]",
                  fmt::join(shapes.sizes(), ", "), fmt::join(valid.sizes(), ", "), fmt::join(colours.sizes(), ", ")));
}

// From colours in [0, 1].
Tensor paints_of(const Tensor& colours) { return colours.to(at::kFloat).mul(2.0).sub(1.0); }

// Whether the CPU's raster applies, which no gradient goes through.
bool for_raster(const Tensor& shapes, const Tensor& valid, const Tensor& paints) {
  return shapes.is_cpu() && valid.is_cpu() && paints.is_cpu() && !paints.requires_grad();
}

// For gradients, and for GPUs without kernels of ours: each object over all pixels.
Tensor by_operators(const Tensor& masks, const Tensor& valid, const Tensor& paints) {
  const Tensor seen = masks.logical_and(valid.unsqueeze(-1).unsqueeze(-1).unsqueeze(-1));
  Tensor maps = at::full({masks.size(0), 3, masks.size(2), masks.size(3), masks.size(4)}, -1.0, paints.options());
  for (std::int64_t k = 0; k < masks.size(1); ++k) {
    const Tensor paint_k = paints.select(1, k).unsqueeze(-1).unsqueeze(-1).unsqueeze(-1);  // [B, 3, 1, 1, 1]
    maps = at::where(seen.select(1, k).unsqueeze(1), paint_k, maps);
  }
  return maps;
}

}  // namespace control_maps_detail

using namespace control_maps_detail;

Tensor box_masks(const Tensor& boxes, std::int64_t height, std::int64_t width) {
  expect_boxes(boxes, height, width);
  const Tensor x = paint::centres(width, boxes), y = paint::centres(height, boxes);
  const auto side = [&](std::int64_t i) { return boxes.select(-1, i).unsqueeze(-1); };
  const Tensor columns = x.ge(side(0)).logical_and(x.lt(side(2)));
  const Tensor rows = y.ge(side(1)).logical_and(y.lt(side(3)));
  return rows.unsqueeze(-1).logical_and(columns.unsqueeze(-2));
}

Tensor draw_control_maps(const Tensor& masks, const Tensor& valid, const Tensor& colours) {
  expect_objects(masks, 5, valid, colours);
  const Tensor paints = paints_of(colours);
  if (for_raster(masks, valid, paints)) return paint::paint_masks(masks, valid, paints);
  if (!paints.requires_grad()) {
    if (const auto maps = paint::paint_masks_on_gpu(masks, valid, paints)) return *maps;
  }
  return by_operators(masks, valid, paints);
}

Tensor draw_control_maps(const Tensor& boxes, const Tensor& valid, const Tensor& colours, std::int64_t height,
                         std::int64_t width) {
  expect_boxes(boxes, height, width);
  expect_objects(boxes, 4, valid, colours);
  const Tensor paints = paints_of(colours);
  if (for_raster(boxes, valid, paints)) return paint::paint_boxes(boxes, valid, paints, height, width);
  if (!paints.requires_grad()) {
    if (const auto maps = paint::paint_boxes_on_gpu(boxes, valid, paints, height, width)) return *maps;
  }
  return by_operators(box_masks(boxes, height, width), valid, paints);
}

TrajectoryRequest trajectory_request(const ClipBatch& clips, ControlKind kind) {
  return {clips.boxes,          kind == ControlKind::mask ? clips.masks : Tensor(),
          clips.valid,          clips.colours,
          clips.video.size(-2), clips.video.size(-1)};
}

}  // namespace flashmotion
