#include "flashmotion/wan/dit.hpp"
#include "tests/support/gpu.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <algorithm>

// The network on a GPU, with all kernels that this build has, against the CPU.

namespace dit_gpu_test {

using namespace gpu_support;
using flashmotion::Regime;
using flashmotion::nn::Storage;

flashmotion::wan::DitConfig config(Regime regime) {
  flashmotion::wan::DitConfig config;
  config.latent_channels = 8;
  config.width = 128;
  config.heads = 2;
  config.blocks = 3;
  config.ffn_width = 256;
  config.text_width = 32;
  config.frequency_width = 64;
  config.regime = regime;
  return config;
}

// Weights without a zero, so that all of the network is seen in what comes out.
flashmotion::wan::DitGenerator filled(Regime regime) {
  flashmotion::wan::DitGenerator dit(config(regime), Storage::owned);
  tiny_dit::fill_(dit.named_tensors());
  return dit;
}

flashmotion::DenoiseRequest request_on(const c10::Device& device) {
  flashmotion::DenoiseRequest request;
  request.latent = tiny_dit::seq({2, 8, 3, 4, 6}, 0.09, 1.1).to(device);
  request.text.tokens = tiny_dit::seq({2, 5, 32}, 0.07, 0.3).to(device);
  request.sigma = torch::tensor({{0.0, 0.5, 0.7}, {0.0, 0.9, 0.9}}, torch::kFloat).to(device);
  return request;
}

TEST_CASE("the transformer gives on a GPU what it gives on the CPU", "[wan][cuda]") {
  if (!have_gpu()) return;
  const auto device = flashmotion::open_device("cuda");
  for (const Regime regime : {Regime::fp32, Regime::wan_bf16, Regime::diffusers_bf16}) {
    CAPTURE(flashmotion::to_string(regime));
    flashmotion::wan::DitGenerator here = filled(regime), there = filled(regime);
    move_(there.named_tensors());
    const torch::NoGradGuard no_grad;
    const Tensor want = here.denoise(request_on(at::kCPU)).prediction;
    REQUIRE(want.norm().item<double>() > 0.01);
    const Tensor have = there.denoise(request_on(device)).prediction;
    REQUIRE(have.is_cuda());
    CHECK(gap(have, want) < (regime == Regime::fp32 ? 1e-5 : 2e-2));
  }
}

TEST_CASE("gradients on a GPU are those on the CPU", "[wan][cuda]") {
  if (!have_gpu()) return;
  const auto device = flashmotion::open_device("cuda");
  flashmotion::wan::DitGenerator here = filled(Regime::fp32), there = filled(Regime::fp32);
  move_(there.named_tensors());
  here.denoise(request_on(at::kCPU)).prediction.square().sum().backward();
  there.denoise(request_on(device)).prediction.square().sum().backward();
  const NamedTensors wanted = here.named_tensors(), found = there.named_tensors();
  double largest = 0.0;
  for (const auto& item : wanted) {
    if (item.tensor.grad().defined()) largest = std::max(largest, item.tensor.grad().norm().item<double>());
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(wanted[i].name);
    const Tensor want = wanted[i].tensor.grad(), have = found[i].tensor.grad();
    REQUIRE(want.defined() == have.defined());
    if (!want.defined()) continue;
    // A gradient that is a sum of what cancels, as those of queries are, is no more exact than its largest parts.
    const double error = (have.to(at::kCPU) - want).norm().item<double>();
    CHECK(error < 1e-4 * std::max(want.norm().item<double>(), 1e-2 * largest));
  }
}

}  // namespace dit_gpu_test
