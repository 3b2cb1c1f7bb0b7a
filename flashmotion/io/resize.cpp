#include "flashmotion/io/resize.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/arange.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <vector>

namespace flashmotion {
namespace resize_detail {

// Runs a float operator on [1, N, H, W] and restores the leading axes and the type.
template <class Operator>
Tensor on_planes(const Tensor& x, std::int64_t height, std::int64_t width, Operator&& apply) {
  if (x.dim() < 2 || height < 1 || width < 1 || x.numel() == 0) {
    throw ShapeError(fmt::format("a picture of shape [{}] cannot be resized to {}x{} (height x width)",
                                 fmt::join(x.sizes(), ", "), height, width));
  }
  std::vector<std::int64_t> shape = x.sizes().vec();
  const bool bytes = !x.is_floating_point();
  const Tensor planes = x.reshape({1, -1, x.size(-2), x.size(-1)});
  Tensor result = apply(bytes ? planes.to(at::kFloat) : planes);
  if (bytes) result = result.round().clamp(0, 255).to(x.scalar_type());
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  return result.reshape(shape);
}

// Index of the old pixel below the centre of each new one, in whole numbers: exact for every size.
Tensor nearest_index(std::int64_t from, std::int64_t to, const at::Device& device) {
  const Tensor twice = at::arange(to, at::TensorOptions().dtype(at::kLong).device(device)).mul(2).add(1);
  return twice.mul(from).div(2 * to, "floor");
}

}  // namespace resize_detail

Tensor resize_bilinear(const Tensor& x, std::int64_t height, std::int64_t width) {
  return resize_detail::on_planes(x, height, width, [&](const Tensor& planes) {
    return at::_upsample_bilinear2d_aa(planes, {height, width}, false, std::optional<double>(),
                                       std::optional<double>());
  });
}

Tensor resize_area(const Tensor& x, std::int64_t height, std::int64_t width) {
  return resize_detail::on_planes(x, height, width, [&](const Tensor& planes) {
    return at::adaptive_avg_pool2d(planes, {height, width});
  });
}

Tensor resize_nearest(const Tensor& x, std::int64_t height, std::int64_t width) {
  if (x.dim() < 2 || height < 1 || width < 1 || x.numel() == 0) {
    throw ShapeError(fmt::format("a picture of shape [{}] cannot be resized to {}x{} (height x width)",
                                 fmt::join(x.sizes(), ", "), height, width));
  }
  return x.index_select(-2, resize_detail::nearest_index(x.size(-2), height, x.device()))
      .index_select(-1, resize_detail::nearest_index(x.size(-1), width, x.device()))
      .contiguous();
}

}  // namespace flashmotion
