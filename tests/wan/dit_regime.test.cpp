#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/numerics.hpp"
#include "flashmotion/nn/rope.hpp"
#include "flashmotion/nn/sinusoid.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/laws.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

// The three ways to round.

namespace dit_regime_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::DenoiseRequest;
using flashmotion::Regime;
using flashmotion::Tensor;
using flashmotion::wan::DitGenerator;
namespace nn = flashmotion::nn;

constexpr auto kWide = torch::kFloat;
constexpr auto kNarrow = torch::kBFloat16;

DitGenerator filled(Regime regime, torch::ScalarType weights) {
  auto config = tiny_dit::config();
  config.regime = regime;
  DitGenerator dit(config, 1);
  tiny_dit::fill_(dit.named_tensors(), 0.15);
  for (const auto& [name, tensor] : dit.named_tensors()) tensor.set_data(tensor.detach().to(weights));
  return dit;
}

DenoiseRequest request() {
  DenoiseRequest request;
  request.latent = tiny_dit::latent();
  request.sigma = torch::tensor({0.0F, 0.624F, 0.624F}).unsqueeze(0);
  request.text.tokens = tiny_dit::text();
  return request;
}

std::map<std::string, Tensor> by_name(const flashmotion::NamedTensors& list) {
  std::map<std::string, Tensor> map;
  for (const auto& [name, tensor] : list) map[name] = tensor;
  return map;
}

// The Wan code under bfloat16 autocast, written out: every conversion is one that autocast or that code does.
class WanAutocast {
 public:
  explicit WanAutocast(const DitGenerator& dit) : weights_(by_name(dit.named_tensors())) {}

  Tensor operator()(const DenoiseRequest& request) const {
    Tensor x = at::conv3d(request.latent.to(kNarrow), narrow("patch_embedding.weight"), narrow("patch_embedding.bias"),
                          {1, 2, 2})
                   .flatten(2)
                   .transpose(1, 2);
    const Tensor features = nn::sinusoid(request.sigma.repeat_interleave(6, 1) * 1000.0, 16);
    const Tensor time = linear(at::silu(linear(features, "time_embedding.0", kWide)), "time_embedding.2", kWide);
    const Tensor table = linear(at::silu(time), "time_projection.1", kWide).unflatten(-1, {6, 24});
    const Tensor text = linear(at::gelu(linear(request.text.tokens, "text_embedding.0"), "tanh"), "text_embedding.2");
    for (const std::string block : {"blocks.0.", "blocks.1."}) x = run(block, x, table, text);
    const auto m = (wide("head.modulation").unsqueeze(0) + time.unsqueeze(2)).unbind(2);
    return linear(norm(x) * (1 + m[1]) + m[0], "head.head", kWide);
  }

 private:
  [[nodiscard]] Tensor wide(const std::string& name) const { return weights_.at(name).to(kWide); }
  [[nodiscard]] Tensor narrow(const std::string& name) const { return weights_.at(name).to(kNarrow); }
  [[nodiscard]] Tensor linear(const Tensor& x, const std::string& name, torch::ScalarType type = kNarrow) const {
    return at::linear(x.to(type), weights_.at(name + ".weight").to(type), weights_.at(name + ".bias").to(type));
  }
  static Tensor norm(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {}) {
    return at::layer_norm(x.to(kWide), {24}, weight, bias, 1e-6).to(x.scalar_type());
  }
  [[nodiscard]] Tensor rms(const Tensor& x, const std::string& name) const {
    const Tensor all = x.to(kWide);
    return (all * at::rsqrt(all.pow(2).mean(-1, true) + 1e-6)).to(x.scalar_type()) * weights_.at(name + ".weight");
  }
  [[nodiscard]] Tensor attention(const std::string& name, const Tensor& x, const Tensor& context, bool rotate) const {
    Tensor q = rms(linear(x, name + "q"), name + "norm_q").unflatten(2, {2, 12});
    Tensor k = rms(linear(context, name + "k"), name + "norm_k").unflatten(2, {2, 12});
    if (rotate) {
      const Tensor rope = nn::rope_factors({3, 2, 3}, 12);
      q = nn::apply_rope(q, rope);
      k = nn::apply_rope(k, rope);
    }
    const Tensor v = linear(context, name + "v").unflatten(2, {2, 12});
    const Tensor found = at::scaled_dot_product_attention(q.to(kNarrow).transpose(1, 2), k.to(kNarrow).transpose(1, 2),
                                                          v.transpose(1, 2));
    return linear(found.transpose(1, 2).flatten(2), name + "o");
  }
  [[nodiscard]] Tensor run(const std::string& block, Tensor x, const Tensor& table, const Tensor& text) const {
    const auto e = (wide(block + "modulation").unsqueeze(0) + table).unbind(2);
    const Tensor seen = norm(x).to(kWide) * (1 + e[1]) + e[0];
    x = x + attention(block + "self_attn.", seen, seen, true) * e[2];
    const Tensor asked = norm(x, wide(block + "norm3.weight"), wide(block + "norm3.bias"));
    x = x + attention(block + "cross_attn.", asked, text, false);
    const Tensor inner = linear(norm(x).to(kWide) * (1 + e[4]) + e[3], block + "ffn.0");
    return x + linear(at::gelu(inner, "tanh"), block + "ffn.2") * e[5];
  }

  std::map<std::string, Tensor> weights_;
};

TEST_CASE("wan_bf16 rounds where the Wan code does under autocast", "[wan][unit]") {
  const auto weights = GENERATE(kWide, kNarrow);
  auto dit = filled(Regime::wan_bf16, weights);
  const torch::NoGradGuard no_grad;
  const Tensor tokens = WanAutocast(dit)(request());
  const Tensor want =
      tokens.reshape({1, 3, 2, 3, 1, 2, 2, 4}).permute({0, 7, 1, 4, 2, 5, 3, 6}).reshape({1, 4, 3, 4, 6});
  const Tensor have = dit.denoise(request()).prediction;
  // Sums in another order turn a few roundings over; a rounding that is too many, too few or elsewhere does more.
  CHECK_THAT(have, close_to(want, {4e-4, 0}));
  auto other = filled(Regime::diffusers_bf16, weights);
  CHECK((other.denoise(request()).prediction - want).abs().max().item<double>() > 1e-3);
}

TEST_CASE("wan_bf16 keeps the residual stream, the time and the head in float32", "[wan][unit]") {
  auto dit = filled(Regime::wan_bf16, kNarrow);
  const auto trace = by_name(dit.trace(request()));
  CHECK(trace.at("patch_embedding").scalar_type() == kNarrow);
  CHECK(trace.at("text_embedding").scalar_type() == kNarrow);
  CHECK(trace.at("temb").scalar_type() == kWide);
  CHECK(trace.at("block.0").scalar_type() == kWide);
  CHECK(trace.at("block.1").scalar_type() == kWide);
  CHECK(trace.at("sample").scalar_type() == kWide);
}

TEST_CASE("diffusers_bf16 rounds the residual stream, the time and the head", "[wan][unit]") {
  auto dit = filled(Regime::diffusers_bf16, kNarrow);
  for (const auto& [name, tensor] : dit.trace(request())) {
    INFO(name);
    CHECK(tensor.scalar_type() == (name.starts_with("rope") ? kWide : kNarrow));
  }
}

TEST_CASE("in wan_bf16 the norm of the bfloat16 tokens of block 0 is rounded, later ones are not", "[wan][unit]") {
  const Tensor x = tiny_dit::seq({1, 1, 7, 24}, 0.9, 0.1);
  const Tensor zero = torch::zeros({1, 1, 1, 24});
  const Tensor normal = at::layer_norm(x.to(kNarrow).to(kWide), {24}, {}, {}, 1e-6);
  CHECK_THAT(nn::modulated_norm(x.to(kNarrow), zero, zero, 1e-6, true), equal_to(normal.to(kNarrow).to(kWide)));
  CHECK_THAT(nn::modulated_norm(x.to(kNarrow), zero, zero, 1e-6, false), equal_to(normal));
  CHECK_THAT(nn::modulated_norm(x, zero, zero, 1e-6, true), equal_to(at::layer_norm(x, {24}, {}, {}, 1e-6)));
}

TEST_CASE("fp32 computes in float32 whatever type the weights are stored in", "[wan][unit]") {
  const auto stored = GENERATE(kNarrow, torch::kHalf);
  auto dit = filled(Regime::fp32, stored);
  auto wide = filled(Regime::fp32, stored);
  for (const auto& [name, tensor] : wide.named_tensors()) tensor.set_data(tensor.detach().to(kWide));
  CHECK_THAT(dit.denoise(request()).prediction, equal_to(wide.denoise(request()).prediction));
}

TEST_CASE("the rotary table stays in float32 when the weights change their type", "[wan][unit]") {
  auto wide = filled(Regime::fp32, kWide);
  auto dit = filled(Regime::diffusers_bf16, kWide);
  (void)dit.denoise(request());
  for (const auto& [name, tensor] : dit.named_tensors()) tensor.set_data(tensor.detach().to(kNarrow));
  const auto want = by_name(wide.trace(request()));
  const auto have = by_name(dit.trace(request()));
  CHECK_THAT(have.at("rope.cos"), equal_to(want.at("rope.cos")));
  CHECK_THAT(have.at("rope.sin"), equal_to(want.at("rope.sin")));
}

TEST_CASE("both bfloat16 regimes keep the laws of a generator", "[wan][law]") {
  const auto regime = GENERATE(Regime::wan_bf16, Regime::diffusers_bf16);
  auto dit = filled(regime, kWide);
  laws::check_generator(dit, request());
}

}  // namespace dit_regime_test
