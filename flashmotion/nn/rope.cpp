#include "flashmotion/nn/rope.hpp"

#include "flashmotion/nn/product.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flashmotion::nn {
namespace rope_detail {

// Angles of one axis, [length, pairs] float64.
Tensor axis_angles(std::int64_t length, std::int64_t channels) {
  const auto wide = torch::kFloat64;
  const Tensor exponent =
      torch::arange(0, channels, 2, wide) / static_cast<double>(std::max<std::int64_t>(channels, 1));
  return torch::outer(torch::arange(length, wide), torch::exp(exponent * -std::log(10000.0)));
}

}  // namespace rope_detail

Tensor rope_factors(const Grid& grid, std::int64_t head_width) {
  const std::int64_t plane = 2 * (head_width / 6);
  const std::int64_t time = head_width - 2 * plane;
  const auto [t, h, w] = grid;
  const Tensor angles = torch::cat({rope_detail::axis_angles(t, time).view({t, 1, 1, -1}).expand({t, h, w, -1}),
                                    rope_detail::axis_angles(h, plane).view({1, h, 1, -1}).expand({t, h, w, -1}),
                                    rope_detail::axis_angles(w, plane).view({1, 1, w, -1}).expand({t, h, w, -1})},
                                   -1)
                            .reshape({grid.tokens(), head_width / 2});
  return torch::polar(torch::ones_like(angles), angles).to(torch::kComplexFloat);
}

Tensor apply_rope(const Tensor& x, const Tensor& factors) {
  const Tensor wide = x.to(torch::kFloat).contiguous();
  const Tensor pairs = at::view_as_complex(wide.unflatten(-1, {-1, 2}));
  const bool is_own = !wide.is_alias_of(x) && !records_gradient(x);
  const Tensor turned = is_own ? pairs.mul_(factors.unsqueeze(1)) : pairs * factors.unsqueeze(1);
  return at::view_as_real(turned).flatten(-2);
}

}  // namespace flashmotion::nn
