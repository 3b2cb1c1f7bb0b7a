#include "flashmotion/metrics/detail/script_output.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace flashmotion::metrics_detail {

std::string outline(const Tensor& value) {
  return fmt::format("{}[{}]", c10::toString(value.scalar_type()), fmt::join(value.sizes(), ", "));
}

Tensor expect_features(const Tensor& value, std::int64_t rows, std::int64_t dimensions, const ScriptModule& program) {
  const bool shape = value.dim() == 2 && value.size(0) == rows && value.size(1) > 0 &&
                     (dimensions == 0 || value.size(1) == dimensions);
  if (!shape || !value.is_floating_point()) {
    throw InputError(fmt::format("'{}' returned {}; features are of float, [{}, {}]", program.path().string(),
                                 outline(value), rows, dimensions == 0 ? "D" : std::to_string(dimensions)));
  }
  auto features = value.to(at::kFloat);
  if (!features.isfinite().all().item<bool>()) {
    throw InputError(fmt::format("'{}' returned features that are not finite; look at the clips and at the program",
                                 program.path().string()));
  }
  return features;
}

Tensor eight_bits(const Tensor& video) {
  return ((video.detach().to(at::kCPU, at::kFloat) + 1) * 127.5).round().clamp(0, 255).to(at::kByte);
}

void expect_clips(const ClipFrames& video) {
  const auto& shape = video.shape();
  if (video.size(1) == 3 && std::find(shape.begin(), shape.end(), 0) == shape.end()) return;
  throw ShapeError(fmt::format("clips for features are [{}]; give [B, 3, F, H, W]", fmt::join(shape, ", ")));
}

}  // namespace flashmotion::metrics_detail
