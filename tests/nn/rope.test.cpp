#include "flashmotion/nn/rope.hpp"

#include "flashmotion/core/rng.hpp"
#include "tests/support/compare.hpp"

#include <cmath>

namespace rope_test {

using compare::close_to;
using flashmotion::Rng;
using flashmotion::nn::apply_rope;
using flashmotion::nn::rope_factors;

TEST_CASE("time factors of frame 3 at head width 128 are those of the Wan code", "[nn][golden]") {
  const auto factors = torch::view_as_real(rope_factors({4, 1, 1}, 128));
  REQUIRE(factors.sizes() == at::IntArrayRef({4, 64, 2}));
  const auto want = torch::tensor({-0.9900, 0.1411, -0.3922, 0.9199, 0.2688, 0.9632}, torch::kFloat).view({3, 2});
  CHECK_THAT(factors[3].slice(0, 0, 3), close_to(want, {6e-5, 0}));
}

TEST_CASE("the head splits into time, rows and columns as 12, 8 and 8 of 28", "[nn][unit]") {
  const auto angle = [](std::int64_t f, std::int64_t h, std::int64_t w) {
    return torch::angle(rope_factors({2, 3, 3}, 28)[(f * 3 + h) * 3 + w]);
  };
  CHECK(angle(1, 0, 0).slice(0, 0, 6).gt(0).all().item<bool>());
  CHECK_THAT(angle(1, 0, 0).slice(0, 6), close_to(torch::zeros({8})));
  const double second = std::pow(10000.0, -2.0 / 8.0);
  CHECK_THAT(angle(0, 2, 0).slice(0, 6, 10),
             close_to(torch::tensor({2.0, 2 * second, 0.02, 2 * std::pow(10000, -0.75)}, torch::kFloat)));
  CHECK_THAT(angle(0, 0, 1).slice(0, 10, 11), close_to(torch::ones({1})));
  CHECK_THAT(angle(0, 0, 1).slice(0, 0, 10), close_to(torch::zeros({10})));
}

TEST_CASE("neighbouring channels are rotated by their factor", "[nn][unit]") {
  const auto x = Rng(1, "x").normal({2, 18, 3, 12});
  const auto factors = rope_factors({3, 2, 3}, 12);
  const auto c = torch::real(factors).unsqueeze(1);
  const auto s = torch::imag(factors).unsqueeze(1);
  const auto even = x.slice(-1, 0, 12, 2);
  const auto odd = x.slice(-1, 1, 12, 2);
  const auto want = torch::stack({even * c - odd * s, even * s + odd * c}, -1).flatten(-2);
  CHECK_THAT(apply_rope(x, factors), close_to(want));
  CHECK_THAT(apply_rope(x, factors).norm(), close_to(x.norm()));
}

TEST_CASE("a rotated product depends on the distance of two places alone", "[nn][unit]") {
  const auto q = Rng(1, "q").normal({12}).expand({1, 5, 1, 12});
  const auto k = Rng(1, "k").normal({12}).expand({1, 5, 1, 12});
  const auto factors = rope_factors({5, 1, 1}, 12);
  const auto products = torch::matmul(apply_rope(q, factors)[0].squeeze(1), apply_rope(k, factors)[0].squeeze(1).t());
  for (int d = -3; d <= 3; ++d) {
    const auto diagonal = products.diagonal(d);
    CHECK_THAT(diagonal, close_to(diagonal[0].expand_as(diagonal), {1e-4, 0}));
  }
}

}  // namespace rope_test
