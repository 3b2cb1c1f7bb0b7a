#include "flashmotion/samplers/dpmpp.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/samplers/sample.hpp"
#include "flashmotion/samplers/unipc.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/archetypes.hpp"
#include "tests/support/compare.hpp"

#include <torch/library.h>
#include <optional>
#include <tuple>

// A number that is read back from a GPU waits for all that the GPU has been given, and the GPU waits for what comes
// then. Tensors on the device "meta" have no numbers: to read one is an error.

namespace dit_no_reads_test {

using flashmotion::Condition;
using flashmotion::Regime;
using flashmotion::Tensor;
namespace wan = flashmotion::wan;

wan::DitGenerator without_numbers(Regime regime) {
  wan::DitConfig config;
  config.latent_channels = 8;
  config.width = 128;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 256;
  config.text_width = 32;
  config.frequency_width = 64;
  config.regime = regime;
  wan::DitGenerator dit(config, flashmotion::nn::Storage::owned);
  const torch::NoGradGuard no_grad;
  const at::ScalarType type = regime == Regime::fp32 ? torch::kFloat : torch::kBFloat16;
  for (auto& item : dit.named_tensors()) {
    item.tensor.requires_grad_(false);
    const Tensor numberless = torch::empty(item.tensor.sizes(), torch::TensorOptions(torch::kMeta).dtype(type));
    item.tensor.unsafeGetTensorImpl()->_change_backend_component_keys(torch::kMeta);  // set_data wants the same kind
    item.tensor.set_data(numberless);
  }
  return dit;
}

// LibTorch takes these two apart, on this device, into operators that it does not have there.
std::tuple<Tensor, Tensor, Tensor> layer_norm_shape(const Tensor& x, c10::SymIntArrayRef /*shape*/,
                                                    const std::optional<Tensor>& /*scale*/,
                                                    const std::optional<Tensor>& /*shift*/, double /*epsilon*/) {
  return {torch::empty_like(x), torch::empty({1}, x.options()), torch::empty({1}, x.options())};
}

Tensor attention_shape(const Tensor& q, const Tensor& /*k*/, const Tensor& v, const std::optional<Tensor>& /*mask*/,
                       double /*dropout*/, bool /*causal*/, std::optional<double> /*scale*/, bool /*grouped*/) {
  return torch::empty({q.size(0), q.size(1), q.size(2), v.size(3)}, q.options());
}

TEST_CASE("sampling reads no number back from the device", "[wan][law]") {
  torch::Library shapes(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
  shapes.impl("native_layer_norm", TORCH_FN(layer_norm_shape));
  shapes.impl("scaled_dot_product_attention", TORCH_FN(attention_shape));
  const torch::NoGradGuard no_grad;
  const auto regime = GENERATE(Regime::fp32, Regime::diffusers_bf16, Regime::wan_bf16);
  const bool image = GENERATE(false, true);
  wan::DitGenerator dit = without_numbers(regime);
  Condition condition;
  condition.text.tokens = torch::empty({1, 5, 32}, torch::kMeta);
  if (image) condition.image.first_frame = torch::empty({1, 8, 1, 4, 6}, torch::kMeta);
  flashmotion::Guidance guidance;
  guidance.scale = 4.0;
  guidance.negative.tokens = torch::empty({1, 3, 32}, torch::kMeta);
  const Tensor noise = torch::empty({1, 8, 3, 4, 6}, torch::kMeta);
  const auto samples = [&](const auto& sampler) {
    flashmotion::Conditioned<wan::DitGenerator, archetypes::BareAdapter> network(dit, nullptr, condition, guidance);
    flashmotion::Rng rng(1, "renoise");
    const Tensor made = flashmotion::sample(sampler, network, noise, rng);
    return made.is_meta() && made.sizes() == noise.sizes();
  };
  CHECK(samples(flashmotion::FewStep({.steps = 3})));
  CHECK(samples(flashmotion::Euler({.steps = 3})));
  CHECK(samples(flashmotion::Unipc({.steps = 4})));
  CHECK(samples(flashmotion::Dpmpp({.steps = 4})));
  CHECK_THROWS(noise.sum().item<double>());  // what a read would do
}

}  // namespace dit_no_reads_test
