#include "flashmotion/train/optimiser.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/gpu.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace optimiser_test {

using flashmotion::learning_rate_factor;
using flashmotion::NamedTensors;
using flashmotion::Optimiser;
using flashmotion::OptimiserConfig;
using flashmotion::OptimiserKind;
using flashmotion::Tensor;

Tensor parameter(const Tensor& value) { return value.clone().requires_grad_(true); }

TEST_CASE("the learning rate warms up and falls along a line", "[train][golden]") {
  OptimiserConfig config;
  config.warmup = 4;
  config.final_fraction = 0.2;
  CHECK(learning_rate_factor(config, 0, 12) == Approx(0.25));
  CHECK(learning_rate_factor(config, 2, 12) == Approx(0.75));
  CHECK(learning_rate_factor(config, 3, 12) == Approx(1.0));
  CHECK(learning_rate_factor(config, 4, 12) == Approx(1.0));
  CHECK(learning_rate_factor(config, 8, 12) == Approx(0.6));
  CHECK(learning_rate_factor(config, 12, 12) == Approx(0.2));
  CHECK(learning_rate_factor(config, 99, 12) == Approx(0.2));
  config.warmup = 0;
  CHECK(learning_rate_factor(config, 0, 10) == Approx(1.0));
  CHECK(learning_rate_factor(config, 5, 10) == Approx(0.6));
}

TEST_CASE("a warm-up longer than the stage only warms up", "[train][unit]") {
  OptimiserConfig config;
  config.warmup = 40;
  CHECK(learning_rate_factor(config, 2, 3) == Approx(3.0 / 40.0));
}

TEST_CASE("AdamW takes the steps that its equations say", "[train][golden]") {
  OptimiserConfig config;
  config.learning_rate = 0.1;
  config.betas = {0.9, 0.99};
  config.weight_decay = 0.01;
  config.clip = 100.0;
  const Tensor p = parameter(torch::tensor({1.0F, -2.0F}));
  Optimiser optimiser(config, {{"p", p}});
  const double gradients[3][2] = {{0.5, -1.0}, {0.25, 2.0}, {-3.0, 0.125}};
  double value[2] = {1.0, -2.0}, m[2] = {}, v[2] = {};
  const double factors[3] = {0.5, 1.0, 0.25};
  for (int t = 0; t < 3; ++t) {
    p.mutable_grad() = torch::tensor({static_cast<float>(gradients[t][0]), static_cast<float>(gradients[t][1])});
    const double norm = optimiser.step(factors[t]).item<double>();
    CHECK(norm == Approx(std::hypot(gradients[t][0], gradients[t][1])));
    const double rate = config.learning_rate * factors[t];
    for (int i = 0; i < 2; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * gradients[t][i];
      v[i] = 0.99 * v[i] + 0.01 * gradients[t][i] * gradients[t][i];
      const double m_hat = m[i] / (1 - std::pow(0.9, t + 1));
      const double v_hat = v[i] / (1 - std::pow(0.99, t + 1));
      value[i] = value[i] * (1 - rate * config.weight_decay) - rate * m_hat / (std::sqrt(v_hat) + 1e-8);
      CHECK(p[i].item<double>() == Approx(value[i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("gradients are clipped to a common norm, which is reported unclipped", "[train][unit]") {
  OptimiserConfig config;
  config.clip = 1.0;
  const Tensor a = parameter(torch::zeros({1})), b = parameter(torch::zeros({1}));
  Optimiser optimiser(config, {{"a", a}, {"b", b}});
  a.mutable_grad() = torch::full({1}, 3.0F);
  b.mutable_grad() = torch::full({1}, 4.0F);
  CHECK(optimiser.step(1.0).item<double>() == Approx(5.0));
  CHECK(a.grad().item<double>() == Approx(0.6));
  CHECK(b.grad().item<double>() == Approx(0.8));
  optimiser.clear_gradients();
  CHECK_FALSE(a.grad().defined());
}

TEST_CASE("parameters without a gradient stay", "[train][unit]") {
  OptimiserConfig config;
  config.weight_decay = 0.5;
  const Tensor a = parameter(torch::ones({2})), b = parameter(torch::ones({2}));
  Optimiser optimiser(config, {{"a", a}, {"b", b}});
  CHECK(optimiser.step(1.0).item<double>() == 0.0);
  a.mutable_grad() = torch::ones({2});
  static_cast<void>(optimiser.step(1.0));
  CHECK_FALSE(a.equal(torch::ones({2})));
  CHECK(b.equal(torch::ones({2})));
}

TEST_CASE("muon moves the blocks' matrices along a nearly orthogonal direction", "[train][law]") {
  OptimiserConfig config;
  config.use = OptimiserKind::muon;
  config.matrix_learning_rate = 0.5;
  config.clip = 1e9;
  torch::manual_seed(3);
  for (const auto& [rows, columns] : {std::pair{6, 6}, std::pair{12, 5}, std::pair{5, 12}}) {
    const Tensor w = parameter(torch::zeros({rows, columns}));
    Optimiser optimiser(config, {{"blocks.0.w", w}});
    // Singular values of very different size, as gradients have.
    const auto [u, spread, v] = torch::linalg_svd(torch::randn({rows, columns}), false);
    w.mutable_grad() = u.matmul(torch::diag(torch::logspace(0, -1, spread.size(0)))).matmul(v);
    static_cast<void>(optimiser.step(1.0));
    const double tall = std::sqrt(std::max(1.0, static_cast<double>(rows) / columns));
    const Tensor direction = w.detach() / (-0.5 * tall);
    const Tensor values = torch::linalg_svdvals(direction);
    // Five iterations with these coefficients bring singular values between about 0.7 and 1.2.
    CHECK(values.min().item<double>() > 0.5);
    CHECK(values.max().item<double>() < 1.3);
  }
}

TEST_CASE("muon leaves all else to AdamW", "[train][unit]") {
  OptimiserConfig config;
  config.use = OptimiserKind::muon;
  const Optimiser optimiser(config, {{"blocks.0.w", torch::zeros({2, 3})},
                                     {"blocks.0.modulation", torch::zeros({1, 6, 3})},
                                     {"head.w", torch::zeros({2, 3})}});
  std::vector<std::string> names;
  for (const auto& t : optimiser.state()) names.push_back(t.name);
  CHECK(names == std::vector<std::string>{"blocks.0.w.first", "blocks.0.modulation.first", "blocks.0.modulation.second",
                                          "blocks.0.modulation.count", "head.w.first", "head.w.second",
                                          "head.w.count"});
}

TEST_CASE("an optimiser whose state was restored goes on equally", "[train][law]") {
  for (const OptimiserKind kind : {OptimiserKind::adamw, OptimiserKind::muon}) {
    OptimiserConfig config;
    config.use = kind;
    const auto gradient = [](int t) { return torch::sin(torch::arange(12.0F) * 0.7F + t).view({3, 4}); };
    const Tensor whole = parameter(torch::ones({3, 4}));
    Optimiser one(config, {{"blocks.0.w", whole}});
    Tensor half;
    std::vector<Tensor> state;
    for (int t = 0; t < 6; ++t) {
      if (t == 3) {
        half = parameter(whole.detach());
        for (const auto& s : one.state()) state.push_back(s.tensor.clone());
      }
      whole.mutable_grad() = gradient(t);
      static_cast<void>(one.step(1.0));
    }
    Optimiser two(config, {{"blocks.0.w", half}});
    const NamedTensors handles = two.state();
    REQUIRE(handles.size() == state.size());
    for (std::size_t i = 0; i < state.size(); ++i) handles[i].tensor.copy_(state[i]);
    for (int t = 3; t < 6; ++t) {
      half.mutable_grad() = gradient(t);
      static_cast<void>(two.step(1.0));
    }
    CHECK(half.equal(whole));
  }
}

TEST_CASE("parameters in bfloat16 follow a float32 copy, which a resumed run has too", "[train][law]") {
  OptimiserConfig config;
  config.learning_rate = 1e-4;  // far below a unit in the last place of bfloat16 at 1
  const Tensor wide = parameter(torch::tensor({1.0F, -2.0F})),
               narrow = parameter(torch::tensor({1.0F, -2.0F}).to(torch::kBFloat16));
  Optimiser one(config, {{"p", wide}}), other(config, {{"p", narrow}});
  const auto step = [](Optimiser& optimiser, const Tensor& p) {
    p.mutable_grad() = torch::tensor({0.5F, -0.25F}).to(p.scalar_type());
    static_cast<void>(optimiser.step(1.0));
  };
  for (int i = 0; i < 100; ++i) {
    step(one, wide);
    step(other, narrow);
  }
  CHECK(narrow.scalar_type() == torch::kBFloat16);
  CHECK(narrow.equal(wide.to(torch::kBFloat16)));
  CHECK_FALSE(narrow.to(torch::kFloat).equal(torch::tensor({1.0F, -2.0F})));

  const NamedTensors state = other.state();
  CHECK(std::any_of(state.begin(), state.end(), [](const auto& t) { return t.name == "p.master"; }));
  const Tensor resumed = parameter(narrow.detach());
  Optimiser third(config, {{"p", resumed}});
  const NamedTensors again = third.state();
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < state.size(); ++i) Tensor(again[i].tensor).copy_(state[i].tensor);
  for (int i = 0; i < 50; ++i) {
    step(other, narrow);
    step(third, resumed);
  }
  CHECK(resumed.equal(narrow));
  CHECK(third.state()[0].tensor.equal(other.state()[0].tensor));
}

TEST_CASE("with momenta on the host a GPU's parameters take the same steps", "[train][cuda]") {
  if (!gpu_support::have_gpu()) return;
  OptimiserConfig config;
  const Tensor there = parameter(torch::tensor({1.0F, -2.0F}).to(torch::kCUDA)),
               here = parameter(torch::tensor({1.0F, -2.0F}));
  config.offload = true;
  Optimiser one(config, {{"p", there}}), other(config, {{"p", here}});
  for (int i = 0; i < 10; ++i) {
    for (const Tensor& p : {there, here}) p.mutable_grad() = torch::tensor({0.5F, -0.25F}).to(p.device());
    static_cast<void>(one.step(1.0));
    static_cast<void>(other.step(1.0));
  }
  CHECK(there.cpu().allclose(here, 1e-6, 0.0));
  for (const auto& item : one.state()) CHECK(item.tensor.is_cpu());
}

}  // namespace optimiser_test
