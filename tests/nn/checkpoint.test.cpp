#include "flashmotion/nn/checkpoint.hpp"

#include "flashmotion/core/rng.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <vector>

namespace checkpoint_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::Rng;
using torch::Tensor;
namespace nn = flashmotion::nn;

Tensor drawn(const char* name, torch::IntArrayRef shape) {
  return Rng(1, name).normal(shape).to(torch::kFloat64).requires_grad_(true);
}

struct Pass {
  Tensor x = drawn("x", {3, 4}), weight = drawn("weight", {4, 4}), unused = drawn("unused", {2});
  int runs = 0;

  Tensor plain(const Tensor& input) {
    ++runs;
    return torch::tanh(input.matmul(weight)) * input;
  }
  Tensor kept(bool checkpoint) {
    if (!checkpoint) return plain(x);
    return nn::checkpointed([this](const Tensor& input) { return plain(input); }, x, {weight, unused, Tensor()});
  }
};

TEST_CASE("a checkpoint has the values and gradients of what it runs", "[nn][unit]") {
  Pass pass;
  const auto gradients = [&](bool checkpoint) {
    return torch::autograd::grad({pass.kept(checkpoint).pow(2).sum()}, {pass.x, pass.weight});
  };
  const auto plain = gradients(false);
  CHECK(pass.runs == 1);
  const auto again = gradients(true);
  CHECK(pass.runs == 3);
  CHECK_THAT(pass.kept(true), equal_to(pass.kept(false)));
  CHECK_THAT(again[0], equal_to(plain[0]));
  CHECK_THAT(again[1], equal_to(plain[1]));
}

TEST_CASE("a backward pass through a checkpoint reaches leaves, and leaves alone what was not used", "[nn][unit]") {
  Pass pass;
  pass.kept(true).sum().backward();
  const Tensor of_x = pass.x.grad().clone(), of_weight = pass.weight.grad().clone();
  CHECK_FALSE(pass.unused.grad().defined());
  pass.x.mutable_grad() = Tensor();
  pass.weight.mutable_grad() = Tensor();
  pass.kept(false).sum().backward();
  CHECK_THAT(of_x, equal_to(pass.x.grad()));
  CHECK_THAT(of_weight, equal_to(pass.weight.grad()));
}

TEST_CASE("gradients of gradients go through a checkpoint", "[nn][unit]") {
  Pass pass;
  const auto second = [&](bool checkpoint) {
    const Tensor first = torch::autograd::grad({pass.kept(checkpoint).sum()}, {pass.x}, {}, true, true)[0];
    return torch::autograd::grad({first.pow(2).sum()}, {pass.x, pass.weight});
  };
  const auto plain = second(false), again = second(true);
  CHECK_THAT(again[0], close_to(plain[0], {1e-12, 1e-12}));
  CHECK_THAT(again[1], close_to(plain[1], {1e-12, 1e-12}));
}

TEST_CASE("checkpoints behind one another reach the first input", "[nn][unit]") {
  Pass pass;
  const auto chain = [&](bool checkpoint) {
    Tensor h = pass.x;
    for (int i = 0; i < 3; ++i) {
      h = checkpoint ? nn::checkpointed([&](const Tensor& input) { return pass.plain(input); }, h, {pass.weight})
                     : pass.plain(h);
    }
    return torch::autograd::grad({h.sum()}, {pass.x, pass.weight});
  };
  const auto plain = chain(false), again = chain(true);
  CHECK_THAT(again[0], close_to(plain[0], {1e-12, 1e-12}));
  CHECK_THAT(again[1], close_to(plain[1], {1e-12, 1e-12}));
}

TEST_CASE("without gradients a checkpoint runs once and records nothing", "[nn][unit]") {
  Pass pass;
  const torch::NoGradGuard none;
  const Tensor y = pass.kept(true);
  CHECK_FALSE(y.requires_grad());
  CHECK(pass.runs == 1);
}

TEST_CASE("a weight that changes before the way back is an error, not a wrong gradient", "[nn][unit]") {
  Pass pass;
  const Tensor loss = pass.kept(true).sum();
  {
    const torch::NoGradGuard none;
    pass.weight.add_(1.0);
  }
  CHECK_THROWS_AS(loss.backward(), c10::Error);
}

}  // namespace checkpoint_test
