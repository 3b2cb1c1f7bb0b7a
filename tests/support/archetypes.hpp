#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/core/concepts/codec.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/core/concepts/metric.hpp"
#include "flashmotion/core/concepts/noise_path.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/core/concepts/trajectory_encoder.hpp"
#include "flashmotion/core/concepts/weight_schedule.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

// The least type that models each concept: generic code that takes one of these demands nothing more. And the doubles
// that count.

namespace archetypes {

using flashmotion::Tensor;

/// Neither default-constructible nor comparable, so that nothing generic leans on either.
struct Bare {
  explicit Bare(int) {}
  bool operator==(const Bare&) const = delete;
  flashmotion::NamedTensors named_tensors() const { return {}; }
  void set_training(bool) {}
};
static_assert(flashmotion::Trainable<Bare>);

struct BareGenerator : Bare {
  using Bare::Bare;
  flashmotion::GeneratorSpec spec() const { return {}; }
  flashmotion::DenoiseResult denoise(const flashmotion::DenoiseRequest& request) { return {request.latent * 0, {}}; }
};
static_assert(flashmotion::Generator<BareGenerator>);

struct BareAdapter : Bare {
  using Bare::Bare;
  std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec&) const { return {}; }
  bool depends_on_noise() const { return false; }
  void initialise_from(const flashmotion::NamedTensors&) {}
  flashmotion::SiteEdits edits(const flashmotion::AdapterRequest&) { return {}; }
};
static_assert(flashmotion::Adapter<BareAdapter>);

struct BareHead : Bare {
  using Bare::Bare;
  std::vector<std::int64_t> tap_blocks(const flashmotion::GeneratorSpec&) const { return {0}; }
  Tensor logits(const flashmotion::HeadRequest& request) { return request.taps.front().mean({1, 2}).unsqueeze(1); }
};
static_assert(flashmotion::DiscriminatorHead<BareHead>);

struct BareObjective {
  explicit BareObjective(int) {}
  std::string_view name() const { return "bare"; }
  flashmotion::Quantities needs() const { return {flashmotion::Quantity::velocity_prediction}; }
  flashmotion::LossTerm operator()(const flashmotion::StepView& view) const {
    return {view[flashmotion::Quantity::velocity_prediction].mean()};
  }
};
static_assert(flashmotion::Objective<BareObjective>);

struct BareSampler {
  explicit BareSampler(int) {}
  std::span<const double> sigmas() const {
    static constexpr double levels[] = {1.0, 0.0};
    return levels;
  }
  Tensor step(const Tensor& x, const Tensor& velocity, std::size_t, flashmotion::SamplerState&,
              flashmotion::Rng&) const {
    return x - velocity;
  }
};
static_assert(flashmotion::Sampler<BareSampler>);

struct BareNoisePath {
  explicit BareNoisePath(int) {}
  Tensor diffuse(const Tensor& clean, const Tensor&, const Tensor&) const { return clean; }
  Tensor target(const Tensor& clean, const Tensor&) const { return clean * 0; }
  Tensor to_clean(const Tensor& noisy, const Tensor&, const Tensor&) const { return noisy; }
};
static_assert(flashmotion::NoisePath<BareNoisePath>);

struct BareCodec {
  explicit BareCodec(int) {}
  Tensor encode(const Tensor& x) const { return x; }
  Tensor decode(const Tensor& x) const { return x; }
  flashmotion::NamedTensors named_tensors() const { return {}; }
};
static_assert(flashmotion::Codec<BareCodec>);

struct BareDataset {
  explicit BareDataset(int) {}
  flashmotion::ClipSpec spec() const { return {}; }
  flashmotion::ClipBatch draw(const flashmotion::ClipRequest&, flashmotion::Rng&) const { return {}; }
};
static_assert(flashmotion::Dataset<BareDataset>);

struct BareMetric {
  explicit BareMetric(int) {}
  std::string_view name() const { return "bare"; }
  Tensor operator()(const Tensor& generated, const flashmotion::ClipBatch&) const { return generated; }
};
static_assert(flashmotion::Metric<BareMetric>);

struct BareSchedule {
  explicit BareSchedule(int) {}
  double at(std::int64_t) const { return 0.5; }
};
static_assert(flashmotion::WeightSchedule<BareSchedule>);

struct BareEncoder {
  explicit BareEncoder(int) {}
  Tensor encode(const flashmotion::TrajectoryRequest& request) const { return request.boxes; }
};
static_assert(flashmotion::TrajectoryEncoder<BareEncoder>);

/// What a counting double saw; shared by its copies.
struct Counts {
  std::int64_t passes = 0;
  std::vector<Tensor> latents;
  std::vector<Tensor> sigmas;
};

/// Forwards to another generator and counts its passes.
template <flashmotion::Generator G>
class CountingGenerator {
 public:
  explicit CountingGenerator(G inner) : inner_(std::move(inner)) {}
  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return inner_.named_tensors(); }
  void set_training(bool on) { inner_.set_training(on); }
  [[nodiscard]] flashmotion::GeneratorSpec spec() const { return inner_.spec(); }
  [[nodiscard]] flashmotion::DenoiseResult denoise(const flashmotion::DenoiseRequest& request) {
    ++counts_->passes;
    counts_->latents.push_back(request.latent.detach().clone());
    counts_->sigmas.push_back(request.sigma.detach().clone());
    return inner_.denoise(request);
  }
  [[nodiscard]] const Counts& counts() const { return *counts_; }

 private:
  G inner_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};
static_assert(flashmotion::Generator<CountingGenerator<BareGenerator>>);

/// Forwards to another adapter and counts how often its edits are computed.
template <flashmotion::Adapter A>
class CountingAdapter {
 public:
  explicit CountingAdapter(A inner, bool depends_on_noise = false)
      : inner_(std::move(inner)), depends_on_noise_(depends_on_noise) {}
  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return inner_.named_tensors(); }
  void set_training(bool on) { inner_.set_training(on); }
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const {
    return inner_.sites(spec);
  }
  [[nodiscard]] bool depends_on_noise() const { return depends_on_noise_; }
  void initialise_from(const flashmotion::NamedTensors& generator) { inner_.initialise_from(generator); }
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request) {
    ++*calls_;
    return inner_.edits(request);
  }
  [[nodiscard]] std::int64_t calls() const { return *calls_; }

 private:
  A inner_;
  bool depends_on_noise_;
  std::shared_ptr<std::int64_t> calls_ = std::make_shared<std::int64_t>(0);
};
static_assert(flashmotion::Adapter<CountingAdapter<BareAdapter>>);

/// A generator that knows the clean latent and the way to it from any point: `velocity = (x - clean) / sigma`.
class ExactGenerator {
 public:
  explicit ExactGenerator(Tensor clean) : clean_(std::move(clean)) {}
  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {}; }
  void set_training(bool) {}
  [[nodiscard]] flashmotion::GeneratorSpec spec() const { return {}; }
  [[nodiscard]] flashmotion::DenoiseResult denoise(const flashmotion::DenoiseRequest& request) {
    const Tensor& s = request.sigma;  // [B] or [B, T]
    const Tensor level = s.view({s.size(0), 1, s.dim() == 2 ? s.size(1) : 1, 1, 1}).clamp_min(1e-3);
    return {(request.latent - clean_) / level, {}};
  }

 private:
  Tensor clean_;  // [B, C, T, H, W]
};
static_assert(flashmotion::Generator<ExactGenerator>);

}  // namespace archetypes
