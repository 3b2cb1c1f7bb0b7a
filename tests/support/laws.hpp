#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/core/concepts/codec.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/core/concepts/noise_path.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/core/concepts/sampler.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

// The laws of the concepts, one function template for each. A model's own test calls one of them on a fresh object:
//
//   laws::check_adapter(adapter, spec, request);

namespace laws {

using flashmotion::NamedTensors;
using flashmotion::Rng;
using flashmotion::Tensor;

namespace detail {

/// Gives every parameter other values, the zero-initialised ones too.
inline void shake_(const NamedTensors& tensors) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) tensor.add_(Rng(5, name).normal(tensor.sizes()).to(tensor) * 0.1);
}

inline void clear_gradients_(const NamedTensors& tensors) {
  for (const auto& item : tensors) item.tensor.mutable_grad() = Tensor();
}

/// The gradient of a sum with fixed random weights, which no symmetry cancels, reaches every parameter.
inline void check_gradients(const NamedTensors& tensors, const std::vector<Tensor>& results) {
  clear_gradients_(tensors);
  Tensor total = torch::zeros({});
  for (const Tensor& result : results) total = total + (result * Rng(6, "weights").normal(result.sizes())).sum();
  total.backward();
  for (const auto& [name, tensor] : tensors) {
    INFO("parameter " << name);
    REQUIRE(tensor.grad().defined());
    CHECK(tensor.grad().isfinite().all().item<bool>());
    CHECK(tensor.grad().abs().max().item<double>() > 0);
  }
  clear_gradients_(tensors);
}

}  // namespace detail

/// Names are unique, order is stable, tensors are handles to leaf parameters.
template <flashmotion::Trainable M>
void check_trainable(M& model) {
  const NamedTensors first = model.named_tensors();
  const NamedTensors second = model.named_tensors();
  REQUIRE(first.size() == second.size());
  std::set<std::string> names;
  for (std::size_t i = 0; i < first.size(); ++i) {
    INFO("tensor " << first[i].name);
    CHECK_FALSE(first[i].name.empty());
    CHECK(names.insert(first[i].name).second);
    CHECK(first[i].name == second[i].name);
    CHECK(first[i].tensor.is_same(second[i].tensor));
    CHECK(first[i].tensor.is_leaf());
  }
  model.set_training(true);
  model.set_training(false);
}

/// `request` has edits of its own left out; at least one block.
template <flashmotion::Generator G>
void check_generator(G& generator, flashmotion::DenoiseRequest request) {
  check_trainable(generator);
  detail::shake_(generator.named_tensors());
  const auto spec = generator.spec();
  REQUIRE(spec.blocks > 0);
  request.edits = nullptr;
  request.taps = {};
  request.taps_only = false;
  request.latent = request.latent.detach().clone().requires_grad_(true);
  const Tensor plain = generator.denoise(request).prediction;
  CHECK(plain.sizes() == request.latent.sizes());
  CHECK(plain.isfinite().all().item<bool>());
  CHECK_THAT(generator.denoise(request).prediction, compare::equal_to(plain));

  const flashmotion::SiteEdits none;
  request.edits = &none;
  CHECK_THAT(generator.denoise(request).prediction, compare::equal_to(plain));

  std::vector<std::int64_t> taps;
  for (std::int64_t i = 0; i < spec.blocks; ++i) taps.push_back(i);
  request.taps = taps;
  const auto tapped = generator.denoise(request);
  CHECK_THAT(tapped.prediction, compare::equal_to(plain));
  REQUIRE(tapped.taps.size() == taps.size());
  const std::vector<std::int64_t> tokens{request.latent.size(0), spec.grid(request.latent).tokens(), spec.width};
  for (const Tensor& tap : tapped.taps) CHECK(tap.sizes() == at::IntArrayRef(tokens));

  request.taps_only = true;
  request.taps = std::span(taps).first(1);
  const auto stopped = generator.denoise(request);
  CHECK_FALSE(stopped.prediction.defined());
  REQUIRE(stopped.taps.size() == 1);
  CHECK_THAT(stopped.taps[0], compare::equal_to(tapped.taps[0]));
  request.taps_only = false;
  request.taps = {};

  flashmotion::SiteEdits edits;
  std::vector<Tensor> added;
  for (const flashmotion::Site& site : spec.sites) {
    added.push_back(torch::zeros(tokens).requires_grad_(true));
    edits.add.push_back({site, added.back()});
  }
  request.edits = &edits;
  const Tensor edited = generator.denoise(request).prediction;
  CHECK_THAT(edited, compare::equal_to(plain));
  detail::check_gradients(generator.named_tensors(), {edited});
  CHECK(request.latent.grad().abs().max().template item<double>() > 0);
  for (const Tensor& tokens_added : added) CHECK(tokens_added.grad().abs().max().item<double>() > 0);
}

/// A fresh adapter, and a whole request for it.
template <flashmotion::Adapter A>
void check_adapter(A& adapter, const flashmotion::GeneratorSpec& spec, const flashmotion::AdapterRequest& request) {
  check_trainable(adapter);
  const auto sites = adapter.sites(spec);
  CHECK_FALSE(sites.empty());
  for (const auto& site : sites) CHECK(std::count(spec.sites.begin(), spec.sites.end(), site) == 1);
  const auto fresh = adapter.edits(request);
  CHECK_FALSE(fresh.add.empty());
  const std::vector<std::int64_t> shape{request.control.size(0), spec.grid(request.control).tokens(), spec.width};
  for (const auto& edit : fresh.add) {
    CHECK(std::count(sites.begin(), sites.end(), edit.site) == 1);
    CHECK_THAT(edit.tokens, compare::equal_to(torch::zeros(shape)));
  }

  detail::shake_(adapter.named_tensors());
  const auto edits = adapter.edits(request);
  const auto again = adapter.edits(request);
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < edits.add.size(); ++i) {
    results.push_back(edits.add[i].tokens);
    CHECK(edits.add[i].tokens.abs().max().template item<double>() > 0);
    CHECK_THAT(again.add[i].tokens, compare::equal_to(edits.add[i].tokens));
  }
  detail::check_gradients(adapter.named_tensors(), results);

  flashmotion::AdapterRequest other = request;
  if (adapter.depends_on_noise()) {
    other.latent = request.latent + 1;
    CHECK_FALSE(adapter.edits(other).add.back().tokens.equal(results.back()));
  } else {
    other.latent = Tensor();
    other.sigma = Tensor();
    CHECK_THAT(adapter.edits(other).add.back().tokens, compare::equal_to(results.back()));
  }
}

/// A fresh head, and a whole request with the taps that it asks for.
template <flashmotion::DiscriminatorHead D>
void check_discriminator_head(D& head, const flashmotion::GeneratorSpec& spec, flashmotion::HeadRequest request) {
  check_trainable(head);
  const auto taps = head.tap_blocks(spec);
  REQUIRE(request.taps.size() == taps.size());
  for (std::size_t i = 0; i < taps.size(); ++i) {
    CHECK((taps[i] >= 0 && taps[i] < spec.blocks));
    if (i > 0) CHECK(taps[i] > taps[i - 1]);
  }
  for (Tensor& tap : request.taps) tap = tap.detach().clone().requires_grad_(true);
  const Tensor logits = head.logits(request);
  REQUIRE(logits.dim() == 2);
  CHECK(logits.size(0) == request.taps.front().size(0));
  CHECK(logits.isfinite().all().item<bool>());
  CHECK_THAT(head.logits(request), compare::equal_to(logits));
  detail::check_gradients(head.named_tensors(), {logits});
  for (const Tensor& tap : request.taps) {
    REQUIRE(tap.grad().defined());
    CHECK(tap.grad().abs().max().item<double>() > 0);
  }
  // Clips do not see each other.
  flashmotion::HeadRequest first = request;
  for (Tensor& tap : first.taps) tap = tap.narrow(0, 0, 1);
  first.sigma = request.sigma.narrow(0, 0, 1);
  first.text.tokens = request.text.tokens.narrow(0, 0, 1);
  if (request.control.defined()) first.control = request.control.narrow(0, 0, 1);
  CHECK_THAT(head.logits(first), compare::close_to(logits.narrow(0, 0, 1)));

  flashmotion::HeadRequest short_of_one = request;
  short_of_one.taps.pop_back();
  CHECK_THROWS(head.logits(short_of_one));
}

/// Gives every quantity of a clip batch, with gradient where a network made it.
class SampleSource final : public flashmotion::QuantitySource {
 protected:
  Tensor compute(flashmotion::Quantity quantity) override {
    using flashmotion::Quantity;
    Rng rng(9, flashmotion::to_string(quantity));
    if (quantity == Quantity::sigma) return rng.uniform({2});
    const bool logits = quantity == Quantity::real_logits || quantity == Quantity::fake_logits;
    const Tensor value = logits ? rng.normal({2, 3}) : rng.normal({2, 3, 3, 4, 4});
    const bool fixed = quantity == Quantity::clean || quantity == Quantity::velocity_target;
    return value.requires_grad_(!fixed);
  }
};

/// The value is a finite scalar with gradient, and nothing is read that is not declared.
template <flashmotion::Objective L>
void check_objective(const L& objective) {
  CHECK_FALSE(std::string(objective.name()).empty());
  CHECK_FALSE(objective.needs().empty());
  SampleSource source;
  const Tensor value = objective(flashmotion::StepView(source, objective.needs(), 0)).value;
  CHECK(value.dim() == 0);
  CHECK(std::isfinite(value.template item<double>()));
  CHECK(value.requires_grad());
  CHECK_THROWS_AS(objective(flashmotion::StepView(source, {}, 0)), flashmotion::Error);
}

/// Levels fall strictly and end at 0; an exact predictor leads to the clean latent; one sampler serves many clips.
template <flashmotion::Sampler S>
void check_sampler(const S& sampler) {
  const std::span<const double> sigmas = sampler.sigmas();
  REQUIRE(sigmas.size() >= 2);
  CHECK(sigmas.back() == 0.0);
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) CHECK(sigmas[i] > sigmas[i + 1]);
  const std::span<const double> told = flashmotion::network_sigmas(sampler);
  REQUIRE(told.size() + 1 >= sigmas.size());
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) CHECK(std::abs(told[i] - sigmas[i]) <= 3e-3);
  const Tensor clean = Rng(1, "clean").normal({2, 3, 2, 4, 4});
  const auto run = [&] {
    Rng rng(2, "sampler");
    flashmotion::SamplerState state;
    Tensor x = clean + (rng.normal(clean.sizes()) - clean) * sigmas[0];
    for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) {
      x = sampler.step(x, (x - clean) / sigmas[i], i, state, rng);
      CHECK(x.sizes() == clean.sizes());
    }
    return x;
  };
  const Tensor first = run();
  CHECK_THAT(first, compare::close_to(clean, {1e-4, 1e-4}));
  CHECK_THAT(run(), compare::equal_to(first));
}

/// Sigma 0 is the clean latent, sigma 1 the noise, and the way back leads to the clean latent.
template <flashmotion::NoisePath P>
void check_noise_path(const P& path) {
  const Tensor clean = Rng(1, "clean").normal({2, 3, 2, 4, 4});
  const Tensor noise = Rng(1, "noise").normal(clean.sizes());
  CHECK_THAT(path.diffuse(clean, noise, torch::zeros({2})), compare::close_to(clean));
  CHECK_THAT(path.diffuse(clean, noise, torch::ones({2})), compare::close_to(noise));
  for (const Tensor& sigma : {torch::tensor({0.3F, 0.9F}), torch::tensor({0.0F, 0.5F, 0.2F, 1.0F}).view({2, 2})}) {
    const Tensor noisy = path.diffuse(clean, noise, sigma);
    CHECK_THAT(path.to_clean(noisy, path.target(clean, noise), sigma), compare::close_to(clean));
  }
}

/// A video [B, 3, F, H, W] that the codec can take; `worst` is the largest mean square error that it may make.
template <flashmotion::Codec C>
void check_codec(const C& codec, const Tensor& video, double worst) {
  const Tensor latent = codec.encode(video);
  REQUIRE(latent.dim() == 5);
  CHECK(latent.size(0) == video.size(0));
  CHECK(latent.size(2) == 1 + (video.size(2) - 1) / 4);
  const Tensor back = codec.decode(latent);
  REQUIRE(back.sizes() == video.sizes());
  CHECK((back - video).square().mean().template item<double>() <= worst);
  Tensor other = video.clone();
  other.narrow(2, 1, video.size(2) - 1).neg_();
  CHECK_THAT(codec.encode(other).narrow(2, 0, 1), compare::close_to(latent.narrow(2, 0, 1)));
}

/// Equal generators give equal clips of the stated extent.
template <flashmotion::Dataset D>
void check_dataset(const D& dataset) {
  const flashmotion::ClipSpec spec = dataset.spec();
  CHECK(spec.frames % 4 == 1);
  Rng one(3, "clips");
  Rng two(3, "clips");
  Rng three(4, "clips");
  const flashmotion::ClipBatch a = dataset.draw({.count = 3}, one);
  const flashmotion::ClipBatch b = dataset.draw({.count = 3}, two);
  const flashmotion::ClipBatch c = dataset.draw({.count = 3}, three);
  const std::int64_t f = spec.frames;
  const std::int64_t k = spec.max_objects;
  CHECK(a.video.sizes() == at::IntArrayRef({3, 3, f, spec.height, spec.width}));
  CHECK(a.masks.sizes() == at::IntArrayRef({3, k, f, spec.height, spec.width}));
  CHECK(a.boxes.sizes() == at::IntArrayRef({3, k, f, 4}));
  CHECK(a.valid.sizes() == at::IntArrayRef({3, k}));
  CHECK(a.prompts.size() == 3);
  CHECK(a.video.abs().max().item<double>() <= 1.0);
  CHECK_THAT(a.video, compare::equal_to(b.video));
  CHECK_THAT(a.boxes, compare::equal_to(b.boxes));
  CHECK(a.prompts == b.prompts);
  CHECK_FALSE(a.video.equal(c.video));
}

}  // namespace laws
