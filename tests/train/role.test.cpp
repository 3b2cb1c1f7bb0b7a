#include "flashmotion/train/role.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace role_test {

using flashmotion::clone_values;
using flashmotion::copy_values;
using flashmotion::NamedTensors;
using flashmotion::OptimiserConfig;
using flashmotion::Role;
using flashmotion::Tensor;
using flashmotion::TrainingScope;

TEST_CASE("values are copied between equal networks only", "[train][unit]") {
  const NamedTensors from{{"a", torch::ones({2})}, {"b", torch::full({3}, 2.0F)}};
  const NamedTensors to = clone_values({{"a", torch::zeros({2})}, {"b", torch::zeros({3})}});
  copy_values(from, to);
  CHECK(to[0].tensor.equal(from[0].tensor));
  CHECK(to[1].tensor.equal(from[1].tensor));
  CHECK_THROWS_WITH(copy_values(from, {{"a", torch::zeros({2})}}), "2 tensors cannot fill 1; the two networks differ");
  CHECK_THROWS_WITH(copy_values({{"a", torch::ones({2})}}, {{"c", torch::ones({2})}}),
                    "tensor 'a' cannot fill tensor 'c'; the two networks differ");
  CHECK_THROWS_AS(copy_values({{"a", torch::ones({1})}}, {{"a", torch::ones({2})}}), flashmotion::Error);
}

TEST_CASE("clones share nothing", "[train][unit]") {
  const Tensor original = torch::ones({2});
  const NamedTensors copy = clone_values({{"a", original}});
  original.zero_();
  CHECK(copy[0].tensor.equal(torch::ones({2})));
}

TEST_CASE("parameters have gradients inside a training scope only", "[train][unit]") {
  const Tensor w = torch::ones({2});
  const Role role("adapter", {{"w", w}}, {}, 0.0);
  CHECK_FALSE(w.requires_grad());
  {
    const TrainingScope scope(role);
    CHECK(w.requires_grad());
  }
  CHECK_FALSE(w.requires_grad());
}

TEST_CASE("a descent changes its own role and no other", "[train][law]") {
  const Tensor mine = torch::ones({2}), other = torch::ones({2});
  Role role("mine", {{"w", mine}}, {}, 0.0);
  const Role neighbour("other", {{"w", other}}, {}, 0.0);
  const TrainingScope first(role), second(neighbour);
  const Tensor norm = role.descend((mine * other).sum(), 0, 10);
  CHECK(norm.item<double>() == Approx(std::sqrt(2.0)));
  CHECK_FALSE(mine.equal(torch::ones({2})));
  CHECK(other.equal(torch::ones({2})));
  CHECK_FALSE(mine.grad().defined());
}

TEST_CASE("the running average follows its formula", "[train][golden]") {
  OptimiserConfig config;
  config.learning_rate = 0.1;
  config.warmup = 0;
  const Tensor w = torch::zeros({1});
  Role role("r", {{"w", w}}, config, 0.2);
  double average = 0;
  for (int n = 1; n <= 6; ++n) {
    const TrainingScope scope(role);
    static_cast<void>(role.descend(w.sum(), n - 1, 6));
    const double decay = std::min(0.2, n / (n + 9.0));
    average = decay * average + (1 - decay) * w.item<double>();
    CHECK(role.result()[0].tensor.item<double>() == Approx(average).epsilon(1e-5));
  }
  CHECK(role.result()[0].tensor.item<double>() > w.item<double>());
  CHECK(role.result()[0].name == "w");
}

TEST_CASE("without an average the parameters are handed on", "[train][unit]") {
  const Role role("r", {{"w", torch::zeros({1})}}, {}, 0.0);
  CHECK(role.result()[0].tensor.is_same(role.parameters()[0].tensor));
}

TEST_CASE("a role's state has all that it needs to go on, under its own names", "[train][law]") {
  const auto train = [](Role& role, int from, int to) {
    for (int i = from; i < to; ++i) {
      const TrainingScope scope(role);
      static_cast<void>(role.descend((role.parameters()[0].tensor - 3).square().sum(), i, 6));
    }
  };
  Role whole("r", {{"w", torch::zeros({2})}}, {}, 0.9), half("r", {{"w", torch::zeros({2})}}, {}, 0.9);
  std::vector<std::string> names;
  for (const auto& t : whole.state()) names.push_back(t.name);
  CHECK(names == std::vector<std::string>{"r.parameter.w", "r.average.w", "r.optimiser.w.first", "r.optimiser.w.second",
                                          "r.optimiser.w.count", "r.updates", "r.rate"});
  train(whole, 0, 3);
  copy_values(clone_values(whole.state()), half.state());
  train(whole, 3, 6);
  train(half, 3, 6);
  const NamedTensors a = whole.state(), b = half.state();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].tensor.equal(b[i].tensor));
}

}  // namespace role_test
