#include "flashmotion/io/pixels.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flashmotion {

Tensor to_rgb8(const Tensor& pixels) {
  if ((pixels.dim() != 3 && pixels.dim() != 4) || pixels.size(0) != 3) {
    throw ShapeError(
        fmt::format("pixels have the shape [{}], expected [3, H, W] or [3, T, H, W]", fmt::join(pixels.sizes(), ", ")));
  }
  const Tensor scaled = pixels.detach().to(at::kCPU, at::kFloat).nan_to_num(-1.0).add(1.0).mul(127.5);
  return scaled.round().clamp(0, 255).to(at::kByte).movedim(0, -1).contiguous();
}

Tensor from_rgb8(const Tensor& bytes) {
  if ((bytes.dim() != 3 && bytes.dim() != 4) || bytes.size(-1) != 3 || bytes.scalar_type() != at::kByte) {
    throw ShapeError(fmt::format("picture bytes have the shape [{}], expected uint8 [H, W, 3] or [T, H, W, 3]",
                                 fmt::join(bytes.sizes(), ", ")));
  }
  return bytes.movedim(-1, 0).to(at::kFloat).div(127.5).sub(1.0).contiguous();
}

}  // namespace flashmotion
