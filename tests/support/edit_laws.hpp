#pragma once

#include "tests/support/laws.hpp"

#include <torch/torch.h>

#include <string>
#include <vector>

// The laws of edits inside blocks: keys and values beside an attention's own, and low-rank deltas.

namespace laws {

/// Everything that the generator takes inside its blocks, of `tokens` keys and rank 2; `size` of values and `up`.
inline flashmotion::SiteEdits inside_edits(const flashmotion::GeneratorSpec& spec, std::int64_t clips,
                                           std::int64_t tokens, double size) {
  flashmotion::SiteEdits edits;
  const auto random = [](const std::string& name, at::IntArrayRef shape) { return Rng(4, name).normal(shape); };
  for (std::size_t i = 0; i < spec.attention_sites.size(); ++i) {
    const std::string name = "extra." + std::to_string(i);
    edits.extra.push_back({spec.attention_sites[i],
                           random(name + ".keys", {clips, tokens, spec.width}).requires_grad_(true),
                           (random(name + ".values", {clips, tokens, spec.width}) * size).requires_grad_(true)});
  }
  for (const auto& layer : spec.linears) {
    edits.low_rank.push_back({layer.name, random(layer.name + ".down", {2, layer.in}).requires_grad_(true),
                              (random(layer.name + ".up", {layer.out, 2}) * size).requires_grad_(true), 0.5});
  }
  return edits;
}

/// Values and `up` of zero are the identity, and the gradient reaches them; others change the prediction, and the
/// gradient reaches all parts of them. `request` has no edits of its own.
template <flashmotion::Generator G>
void check_inside_edits(G& generator, flashmotion::DenoiseRequest request) {
  detail::shake_(generator.named_tensors());
  const auto spec = generator.spec();
  REQUIRE_FALSE(spec.attention_sites.empty());
  REQUIRE_FALSE(spec.linears.empty());
  request.edits = nullptr;
  const Tensor plain = generator.denoise(request).prediction;

  const auto silent = inside_edits(spec, request.latent.size(0), 3, 0.0);
  request.edits = &silent;
  const Tensor same = generator.denoise(request).prediction;
  CHECK_THAT(same, compare::equal_to(plain));
  const auto reached = [](const Tensor& tensor) {
    return tensor.grad().defined() && tensor.grad().abs().max().item<double>() > 0;
  };
  (same * Rng(6, "weights").normal(same.sizes())).sum().backward();
  for (const auto& extra : silent.extra) CHECK(reached(extra.values));
  for (const auto& delta : silent.low_rank) CHECK(reached(delta.up));

  const auto loud = inside_edits(spec, request.latent.size(0), 3, 0.3);
  request.edits = &loud;
  const Tensor changed = generator.denoise(request).prediction;
  CHECK((changed - plain).abs().max().item<double>() > 1e-4);
  (changed * Rng(6, "weights").normal(changed.sizes())).sum().backward();
  for (const auto& extra : loud.extra) {
    CAPTURE(static_cast<int>(extra.site.kind), extra.site.block);
    CHECK(reached(extra.keys));
    CHECK(reached(extra.values));
  }
  for (const auto& delta : loud.low_rank) {
    CAPTURE(delta.linear);
    CHECK(reached(delta.down));
    CHECK(reached(delta.up));
  }
}

}  // namespace laws
