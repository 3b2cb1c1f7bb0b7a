#include "flashmotion/nn/product.hpp"

#include "flashmotion/core/rng.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace product_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::Rng;
using flashmotion::Tensor;
namespace nn = flashmotion::nn;

struct Operands {
  Tensor x, weight, bias;
};

Operands operands(std::int64_t rows, torch::ScalarType type = torch::kFloat) {
  const auto leaf = [&](const char* name, at::IntArrayRef shape) {
    return Rng(1, name).normal(shape).to(type).requires_grad_(true);
  };
  return {leaf("x", {2, rows, 320}), leaf("weight", {384, 320}), leaf("bias", {384})};
}

TEST_CASE("large and small products and their gradients are those of float64", "[nn][unit]") {
  const auto rows = GENERATE(std::int64_t{4}, std::int64_t{256});  // 1 and 63 million multiplications
  const bool with_bias = GENERATE(true, false);
  const auto run = [&](Operands o, auto&& function) {
    if (!with_bias) o.bias = Tensor();
    const Tensor y = function(o.x, o.weight, o.bias);
    y.backward(Rng(1, "gradient").normal(y.sizes()).to(y.scalar_type()));
    std::vector<Tensor> all{y.detach(), o.x.grad(), o.weight.grad()};
    if (with_bias) all.push_back(o.bias.grad());
    return all;
  };
  const auto have = run(operands(rows), [](const auto&... o) { return nn::product(o...); });
  const auto want = run(operands(rows, torch::kFloat64), [](const auto&... o) { return at::linear(o...); });
  REQUIRE(have.size() == want.size());
  for (std::size_t i = 0; i < have.size(); ++i) {
    CHECK_THAT(have[i].contiguous(), close_to(want[i].to(torch::kFloat), {3e-4, 1e-5}));
  }
}

TEST_CASE("a product with a frozen weight has a gradient for its input alone", "[nn][unit]") {
  auto o = operands(256);
  const Tensor weight = o.weight.detach();
  nn::product(o.x, weight, {}).sum().backward();
  CHECK_THAT(o.x.grad(), close_to(weight.sum(0).expand_as(o.x), {3e-4, 1e-5}));
  CHECK_FALSE(weight.grad().defined());
  const torch::NoGradGuard no_grad;
  CHECK_FALSE(nn::product(o.x, o.weight, o.bias).requires_grad());
}

TEST_CASE("a product has the type of its input, whatever the weights are stored in", "[nn][unit]") {
  const auto o = operands(4);
  const torch::NoGradGuard no_grad;
  const Tensor narrow = o.weight.to(torch::kBFloat16);
  CHECK_THAT(nn::product(o.x, narrow, o.bias), equal_to(at::linear(o.x, narrow.to(torch::kFloat), o.bias)));
  CHECK(nn::product(o.x.to(torch::kBFloat16), o.weight, o.bias).scalar_type() == torch::kBFloat16);
}

}  // namespace product_test
