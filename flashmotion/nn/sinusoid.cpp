#include "flashmotion/nn/sinusoid.hpp"

#include <torch/torch.h>

#include <cmath>

namespace flashmotion::nn {

Tensor sinusoid(const Tensor& x, std::int64_t width, double base, c10::ScalarType type) {
  const std::int64_t half = width / 2;
  const auto wide = torch::TensorOptions().dtype(type).device(x.device());
  const Tensor omega = torch::exp(torch::arange(half, wide) * -std::log(base) / static_cast<double>(half));
  const Tensor angle = x.to(type).unsqueeze(-1) * omega;
  return torch::cat({angle.cos(), angle.sin()}, -1).to(torch::kFloat);
}

Tensor position_features(const Grid& grid, std::int64_t width) {
  const auto [t, h, w] = grid;
  const auto axis = [width](std::int64_t length) {
    return sinusoid(torch::arange(length, torch::kFloat64), width, 100.0);
  };
  return torch::cat({axis(t).view({t, 1, 1, width}).expand({t, h, w, width}),
                     axis(h).view({1, h, 1, width}).expand({t, h, w, width}),
                     axis(w).view({1, 1, w, width}).expand({t, h, w, width})},
                    -1)
      .reshape({grid.tokens(), 3 * width});
}

}  // namespace flashmotion::nn
