#include "plugins/gaussian_encoder/gaussian_encoder.hpp"

#include "flashmotion/trajectory/control_maps.hpp"

#include <torch/torch.h>

namespace gaussian_encoder {

using flashmotion::Tensor;

// One axis of the blobs: low and high [B, K, F] to [B, K, F, count].
Tensor bell(const Tensor& low, const Tensor& high, std::int64_t count, double spread) {
  const Tensor centres = (torch::arange(count, low.options()) + 0.5) / static_cast<double>(count);
  // At least a pixel wide, so that a box without extent stays visible and finite.
  const Tensor deviation = ((high - low) * spread).clamp_min(0.5 / static_cast<double>(count));
  const Tensor distance = (centres - ((low + high) * 0.5).unsqueeze(-1)) / deviation.unsqueeze(-1);
  return (distance.square() * -0.5).exp();
}

// Pixels of the boxes that are not pixels of the boxes made smaller by `pixels` on each side.
Tensor outlines(const Tensor& boxes, std::int64_t height, std::int64_t width, double pixels) {
  const double x = pixels / static_cast<double>(width), y = pixels / static_cast<double>(height);
  const Tensor inner = boxes + torch::tensor({x, y, -x, -y}, boxes.options());
  return flashmotion::box_masks(boxes, height, width)
      .logical_and(flashmotion::box_masks(inner, height, width).logical_not());
}

Tensor Gaussian::encode(const flashmotion::TrajectoryRequest& request) const {
  const auto side = [&](std::int64_t i) { return request.boxes.select(-1, i); };
  const Tensor columns = bell(side(0), side(2), request.width, config_.spread);
  const Tensor rows = bell(side(1), side(3), request.height, config_.spread);
  Tensor cover = rows.unsqueeze(-1) * columns.unsqueeze(-2);  // [B, K, F, H, W] in [0, 1]
  if (request.masks.defined()) {
    cover = cover * request.masks;
  } else if (config_.outline > 0.0) {
    cover = cover.masked_fill(outlines(request.boxes, request.height, request.width, config_.outline), 1.0);
  }
  cover = cover * request.valid.unsqueeze(-1).unsqueeze(-1).unsqueeze(-1);
  const Tensor paints = request.colours.to(cover.options()) * 2.0 - 1.0;
  Tensor maps = torch::full({cover.size(0), 3, cover.size(2), cover.size(3), cover.size(4)}, -1.0, cover.options());
  for (std::int64_t k = 0; k < cover.size(1); ++k) {
    const Tensor share = cover.select(1, k).unsqueeze(1);
    const Tensor paint = paints.select(1, k).unsqueeze(-1).unsqueeze(-1).unsqueeze(-1);
    maps = maps + (paint - maps) * share;
  }
  return maps.clamp(-1.0, 1.0);
}

}  // namespace gaussian_encoder
