#include "flashmotion/trajectory/control_maps.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flashmotion {
namespace control_maps_detail {

// Pixel centres along an axis, normalised.
Tensor centres(std::int64_t count, const Tensor& like) {
  return at::arange(count, like.options()).add(0.5).div(static_cast<double>(count));
}

}  // namespace control_maps_detail

Tensor box_masks(const Tensor& boxes, std::int64_t height, std::int64_t width) {
  if (boxes.dim() < 1 || boxes.size(-1) != 4 || !boxes.is_floating_point() || height < 1 || width < 1) {
    throw ShapeError(fmt::format("boxes have the shape [{}] for {}x{} pixels, expected float [..., 4]",
                                 fmt::join(boxes.sizes(), ", "), width, height));
  }
  const Tensor x = control_maps_detail::centres(width, boxes);
  const Tensor y = control_maps_detail::centres(height, boxes);
  const auto side = [&](std::int64_t i) { return boxes.select(-1, i).unsqueeze(-1); };
  const Tensor columns = x.ge(side(0)).logical_and(x.lt(side(2)));
  const Tensor rows = y.ge(side(1)).logical_and(y.lt(side(3)));
  return rows.unsqueeze(-1).logical_and(columns.unsqueeze(-2));
}

Tensor draw_control_maps(const Tensor& masks, const Tensor& valid, const Tensor& colours) {
  if (masks.dim() != 5 || valid.sizes() != masks.sizes().slice(0, 2) || colours.dim() != 3 ||
      colours.sizes().slice(0, 2) != masks.sizes().slice(0, 2) || colours.size(2) != 3) {
    throw ShapeError(
        fmt::format("control maps need [B, K, F, …], valid [B, K] and colours [B, K, 3], found [{}], [{}] and [{}]",
                    fmt::join(masks.sizes(), ", "), fmt::join(valid.sizes(), ", "), fmt::join(colours.sizes(), ", ")));
  }
  const Tensor seen = masks.logical_and(valid.unsqueeze(-1).unsqueeze(-1).unsqueeze(-1));
  const Tensor paints = colours.to(at::kFloat).mul(2.0).sub(1.0);
  Tensor maps = at::full({masks.size(0), 3, masks.size(2), masks.size(3), masks.size(4)}, -1.0, paints.options());
  for (std::int64_t k = 0; k < masks.size(1); ++k) {
    const Tensor paint_k = paints.select(1, k).unsqueeze(-1).unsqueeze(-1).unsqueeze(-1);  // [B, 3, 1, 1, 1]
    maps = at::where(seen.select(1, k).unsqueeze(1), paint_k, maps);
  }
  return maps;
}

Tensor draw_control_maps(const Tensor& boxes, const Tensor& valid, const Tensor& colours, std::int64_t height,
                         std::int64_t width) {
  return draw_control_maps(box_masks(boxes, height, width), valid, colours);
}

TrajectoryRequest trajectory_request(const ClipBatch& clips, ControlKind kind) {
  return {clips.boxes,          kind == ControlKind::mask ? clips.masks : Tensor(),
          clips.valid,          clips.colours,
          clips.video.size(-2), clips.video.size(-1)};
}

}  // namespace flashmotion
