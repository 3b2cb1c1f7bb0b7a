#include "flashmotion/objectives/mask_prediction.hpp"

#include "tests/objectives/given_source.hpp"
#include "tests/support/laws.hpp"

#include <cmath>

namespace mask_prediction_test {

using flashmotion::MaskPrediction;
using flashmotion::Quantities;
using flashmotion::Quantity;
using flashmotion::Tensor;
using given_source::GivenSource;
using given_source::value_of;

double softplus(double x) { return std::log1p(std::exp(x)); }

// The given frame, then one of four cells: the first covered, the second by half, the others not.
GivenSource cells() {
  return GivenSource({{Quantity::mask_logits,
                       torch::tensor({50.0F, 50.0F, 50.0F, 50.0F, 2.0F, -1.0F, 0.5F, -3.0F}).view({1, 1, 2, 2, 2})},
                      {Quantity::object_cover,
                       torch::tensor({0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.5F, 0.0F, 0.0F}).view({1, 1, 2, 2, 2})}});
}

TEST_CASE("mask prediction keeps its laws", "[objectives][law]") {
  laws::check_objective(MaskPrediction({}));
  laws::check_objective(MaskPrediction({.balanced = false}));
}

TEST_CASE("mask prediction is the cross entropy of a hand calculation", "[objectives][golden]") {
  const double missed = softplus(-2.0) + 0.5 * softplus(1.0);
  const double invented = 0.5 * softplus(-1.0) + softplus(0.5) + softplus(-3.0);
  GivenSource source = cells();
  CHECK(value_of(MaskPrediction({}), source) == Approx((missed / 1.5 + invented / 2.5) / 2));
  CHECK(value_of(MaskPrediction({.balanced = false}), source) == Approx((missed + invented) / 4));
  CHECK(MaskPrediction({}).needs() == Quantities{Quantity::mask_logits, Quantity::object_cover});
}

TEST_CASE("a head that says nothing pays the same however small the objects are", "[objectives][unit]") {
  const Tensor silent = torch::zeros({1, 1, 2, 4, 4});
  for (const std::int64_t rows : {1, 3}) {
    Tensor cover = torch::zeros_like(silent);
    cover.slice(3, 0, rows).fill_(1.0);
    GivenSource source({{Quantity::mask_logits, silent}, {Quantity::object_cover, cover}});
    CHECK(value_of(MaskPrediction({}), source) == Approx(std::log(2.0)));
  }
}

TEST_CASE("mask prediction stays finite where a batch has no object", "[objectives][unit]") {
  GivenSource source({{Quantity::mask_logits, torch::zeros({1, 1, 2, 2, 2})},
                      {Quantity::object_cover, torch::zeros({1, 1, 2, 2, 2})}});
  CHECK(value_of(MaskPrediction({}), source) == Approx(std::log(2.0) / 2));
}

}  // namespace mask_prediction_test
