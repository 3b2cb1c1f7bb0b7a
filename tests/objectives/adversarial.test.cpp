#include "flashmotion/objectives/adversarial.hpp"

#include "tests/objectives/given_source.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <cmath>

namespace adversarial_test {

using flashmotion::AdversarialConfig;
using flashmotion::AdversarialLoss;
using flashmotion::DiscriminatorLoss;
using flashmotion::GanLoss;
using flashmotion::Quantity;
using given_source::GivenSource;
using given_source::value_of;

// Real logits 2 and -1, fake logits 0.5 and 3.
GivenSource logits() {
  return GivenSource({{Quantity::real_logits, torch::tensor({{2.0F, -1.0F}})},
                      {Quantity::fake_logits, torch::tensor({{0.5F, 3.0F}})}});
}

double softplus(double x) { return std::log1p(std::exp(x)); }

template <class Loss>
double value(const AdversarialConfig& config) {
  GivenSource source = logits();
  return value_of(Loss(config), source);
}

TEST_CASE("the logistic GAN is that of a hand calculation", "[objectives][golden]") {
  CHECK(value<AdversarialLoss>({}) == Approx((softplus(-0.5) + softplus(-3.0)) / 2));
  CHECK(value<DiscriminatorLoss>({}) ==
        Approx((softplus(-2.0) + softplus(1.0)) / 2 + (softplus(0.5) + softplus(3.0)) / 2));
  CHECK(value<AdversarialLoss>({.relativistic = true}) == Approx((softplus(1.5) + softplus(-4.0)) / 2));
  CHECK(value<DiscriminatorLoss>({.relativistic = true}) == Approx((softplus(-1.5) + softplus(4.0)) / 2));
}

TEST_CASE("the hinge GAN is that of a hand calculation", "[objectives][golden]") {
  CHECK(value<AdversarialLoss>({.loss = GanLoss::hinge}) == Approx(-(0.5 + 3.0) / 2));
  // relu(1 - 2), relu(1 + 1); relu(1 + 0.5), relu(1 + 3)
  CHECK(value<DiscriminatorLoss>({.loss = GanLoss::hinge}) == Approx((0.0 + 2.0) / 2 + (1.5 + 4.0) / 2));
  CHECK(value<AdversarialLoss>({.loss = GanLoss::hinge, .relativistic = true}) == Approx(-(-1.5 + 4.0) / 2));
  // relu(1 - 1.5), relu(1 + 4)
  CHECK(value<DiscriminatorLoss>({.loss = GanLoss::hinge, .relativistic = true}) == Approx((0.0 + 5.0) / 2));
}

TEST_CASE("the generator's side needs real logits only when it compares with them", "[objectives][unit]") {
  CHECK_FALSE(AdversarialLoss({}).needs().contains(Quantity::real_logits));
  CHECK(AdversarialLoss({.relativistic = true}).needs().contains(Quantity::real_logits));
}

}  // namespace adversarial_test
