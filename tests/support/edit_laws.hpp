#pragma once

#include "tests/support/laws.hpp"

#include <torch/torch.h>

#include <algorithm>
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

/// Every tensor of some edits.
inline std::vector<Tensor> tensors_of(const flashmotion::SiteEdits& edits) {
  std::vector<Tensor> list;
  for (const auto& edit : edits.add) list.push_back(edit.tokens);
  for (const auto& edit : edits.extra) list.insert(list.end(), {edit.keys, edit.values});
  for (const auto& edit : edits.low_rank) list.insert(list.end(), {edit.down, edit.up});
  return list;
}

/// A fresh adapter with edits of any kind is the identity of the generator; its edits come at sites that it declares
/// and at layers that exist; equal calls give equal edits; the gradient reaches every parameter.
template <flashmotion::Adapter A, flashmotion::Generator G>
void check_adapter_edits(A& adapter, G& generator, const flashmotion::AdapterRequest& request) {
  check_trainable(adapter);
  detail::shake_(generator.named_tensors());
  const auto spec = generator.spec();
  const auto sites = adapter.sites(spec);
  flashmotion::DenoiseRequest pass;
  pass.latent = request.latent;
  pass.sigma = request.sigma;
  pass.text = request.text;
  const Tensor plain = generator.denoise(pass).prediction;
  const auto predict = [&](const flashmotion::SiteEdits& edits) {
    pass.edits = &edits;
    return generator.denoise(pass).prediction;
  };
  const auto declared = [&](const flashmotion::Site& site) {
    return std::count(sites.begin(), sites.end(), site) == 1;
  };
  const auto fresh = adapter.edits(request);
  CHECK_FALSE(tensors_of(fresh).empty());
  for (const auto& edit : fresh.add) CHECK(declared(edit.site));
  for (const auto& edit : fresh.extra) CHECK(declared(edit.site));
  for (const auto& edit : fresh.low_rank) {
    CHECK(std::any_of(spec.linears.begin(), spec.linears.end(),
                      [&](const auto& layer) { return layer.name == edit.linear; }));
  }
  CHECK_THAT(predict(fresh), compare::equal_to(plain));

  detail::shake_(adapter.named_tensors());
  const auto edits = adapter.edits(request);
  const auto results = tensors_of(edits);
  const auto again = tensors_of(adapter.edits(request));
  for (std::size_t i = 0; i < results.size(); ++i) CHECK_THAT(again[i], compare::equal_to(results[i]));
  const Tensor changed = predict(edits);
  CHECK((changed - plain).abs().max().template item<double>() > 1e-4);
  detail::check_gradients(adapter.named_tensors(), {changed});
  flashmotion::AdapterRequest other = request;
  if (!adapter.depends_on_noise()) {
    other.latent = Tensor();
    other.sigma = Tensor();
    const auto blind = tensors_of(adapter.edits(other));
    for (std::size_t i = 0; i < results.size(); ++i) CHECK_THAT(blind[i], compare::equal_to(results[i]));
  }
}

}  // namespace laws
