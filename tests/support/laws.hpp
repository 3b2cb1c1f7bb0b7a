#pragma once

#include "flashmotion/core/concepts/codec.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/core/concepts/noise_path.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/plugin/laws/adapter_laws.hpp"
#include "flashmotion/plugin/laws/head_laws.hpp"
#include "flashmotion/plugin/laws/objective_laws.hpp"
#include "flashmotion/plugin/laws/sampler_laws.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <concepts>
#include <cstdint>
#include <vector>

// The laws of the concepts, one function template for each. A model's own test calls one of them on a fresh object:
//
//   laws::check_adapter(adapter, spec, request);
//
// Those of the kinds that plugins can bring lie in the library, where `flashmotion plugins check` uses them too.

namespace laws {

using flashmotion::NamedTensors;
using flashmotion::Rng;
using flashmotion::Tensor;

namespace detail {

using flashmotion::law_tensors::shake_;

/// The gradient of a sum with fixed random weights, which no symmetry cancels, reaches every parameter.
inline void check_gradients(const NamedTensors& tensors, const std::vector<Tensor>& results) {
  CHECK(flashmotion::law_tensors::missing_gradient(tensors, results) == "");
}

/// The model behind its erased type; copies share their parameters.
template <class Any, class M>
Any erased(const M& model) {
  if constexpr (std::same_as<M, Any>)
    return model;
  else
    return Any(M(model));
}

}  // namespace detail

/// Each law holds.
inline void check_all(const flashmotion::LawResults& results) {
  for (const flashmotion::LawResult& result : results) {
    INFO(result.law << ": " << result.detail);
    CHECK(result.holds);
  }
}

/// Names are unique, order is stable, tensors are handles to leaf parameters.
template <flashmotion::Trainable M>
void check_trainable(M& model) {
  flashmotion::LawBook book;
  flashmotion::judge_parameters(book, model);
  check_all(book.results());
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
  flashmotion::LawBook book;
  flashmotion::judge_adapter(book, detail::erased<flashmotion::AnyAdapter>(adapter), spec, request);
  check_all(book.results());
}

/// A fresh head, and a whole request with the taps that it asks for.
template <flashmotion::DiscriminatorHead D>
void check_discriminator_head(D& head, const flashmotion::GeneratorSpec& spec,
                              const flashmotion::HeadRequest& request) {
  flashmotion::LawBook book;
  flashmotion::judge_head(book, detail::erased<flashmotion::AnyDiscriminatorHead>(head), spec, request);
  check_all(book.results());
}

template <flashmotion::Objective L>
void check_objective(const L& objective) {
  flashmotion::LawBook book;
  flashmotion::judge_objective(book, detail::erased<flashmotion::AnyObjective>(objective));
  check_all(book.results());
}

template <flashmotion::Sampler S>
void check_sampler(const S& sampler) {
  flashmotion::LawBook book;
  flashmotion::judge_sampler(book, detail::erased<flashmotion::AnySampler>(sampler));
  check_all(book.results());
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
