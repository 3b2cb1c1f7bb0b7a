#include "flashmotion/train/input_gradient.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <array>

namespace input_gradient_test {

using flashmotion::input_gradient;
using flashmotion::Rng;
using flashmotion::Tensor;

TEST_CASE("the gradient by an input can be differentiated again", "[train][golden]") {
  // Of w x^3 the gradient is 3 w x^2; its square is 9 w^2 x^4, whose derivatives are 36 w^2 x^3 and 18 w x^4.
  const Tensor x = torch::tensor({2.0F}).requires_grad_(true), w = torch::tensor({0.5F}).requires_grad_(true);
  const Tensor gradient = input_gradient((w * x.pow(3)).sum(), x);
  CHECK(gradient.item<double>() == Approx(6.0));
  gradient.square().sum().backward();
  CHECK(x.grad().item<double>() == Approx(36 * 0.25 * 8));
  CHECK(w.grad().item<double>() == Approx(18 * 0.5 * 16));
}

TEST_CASE("the transformer's features can be differentiated twice", "[train][unit]") {
  flashmotion::wan::DitConfig config;
  config.width = 24;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 48;
  config.text_width = 8;
  config.frequency_width = 16;
  config.latent_channels = 4;
  config.patch = {1, 1, 1};
  config.initial_gate = 1.0;
  flashmotion::wan::DitGenerator generator(config, 3);
  for (const flashmotion::NamedTensor& p : generator.named_tensors()) p.tensor.set_requires_grad(false);
  Rng rng(4, "latent");
  const Tensor text = rng.normal({1, 3, 8}), sigma = torch::full({1}, 0.5), along = rng.normal({1, 4, 2, 3, 3});
  const Tensor place = rng.normal({1, 4, 2, 3, 3});
  const std::array<std::int64_t, 1> taps{1};

  // Squared slope of a feature's mean, by the latent; with its own slope along a direction.
  const auto squared_slope = [&](const Tensor& x) {
    const flashmotion::TwiceDifferentiable attention;
    auto result = generator.denoise(
        {.latent = x, .sigma = sigma, .text = {text}, .image = {}, .edits = nullptr, .taps = taps, .taps_only = true});
    return input_gradient(result.taps.front().square().mean(), x).square().sum();
  };
  const auto value_at = [&](double step) {
    return squared_slope((place + step * along).requires_grad_(true)).item<double>();
  };
  const Tensor x = place.clone().requires_grad_(true);
  squared_slope(x).backward();
  const double slope = (x.grad() * along).sum().item<double>();
  constexpr double kStep = 1e-2;
  CHECK(slope == Approx((value_at(kStep) - value_at(-kStep)) / (2 * kStep)).epsilon(0.02));
  CHECK(at::globalContext().userEnabledFlashSDP());
}

}  // namespace input_gradient_test
