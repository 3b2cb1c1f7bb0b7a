#pragma once

#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/data/word_embedder.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/stage.hpp"

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

// The smallest networks that the stages can train, and a count of everything that they are asked for.

namespace tiny_world {

using flashmotion::Tensor;

inline constexpr std::int64_t kChannels = 3;

/// What a network was asked for; copies of the network share it.
struct Count {
  std::int64_t passes = 0;         // of denoise, edits or logits
  std::int64_t with_gradient = 0;  // of those, with gradients switched on
  std::int64_t clips = 0;          // rows of all passes
};

/// Tokens [B, N, C] of a latent [B, C, T, H, W].
inline Tensor tokens_of(const Tensor& latent) { return latent.flatten(2).transpose(1, 2); }

/// One matrix on each token: velocity = W (x + edits).
class TinyGenerator {
 public:
  explicit TinyGenerator(double scale = 0.5)
      : weight_(torch::eye(kChannels) * scale), count_(std::make_shared<Count>()) {}

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {{"blocks.0.weight", weight_}}; }
  void set_training(bool) {}
  [[nodiscard]] flashmotion::GeneratorSpec spec() const {
    flashmotion::GeneratorSpec spec;
    spec.latent_channels = spec.width = kChannels;
    spec.blocks = 1;
    spec.patch = {1, 1, 1};
    spec.sites = {{flashmotion::SiteKind::patch_embedding, 0}};
    return spec;
  }
  [[nodiscard]] flashmotion::DenoiseResult denoise(const flashmotion::DenoiseRequest& request) {
    ++count_->passes;
    count_->with_gradient += torch::GradMode::is_enabled() ? 1 : 0;
    count_->clips += request.latent.size(0);
    Tensor x = tokens_of(request.latent);
    if (request.edits != nullptr) {
      for (const flashmotion::AddTokens& edit : request.edits->add) x = x + edit.tokens;
    }
    const Tensor y = x.matmul(weight_);
    flashmotion::DenoiseResult result;
    if (!request.taps.empty()) result.taps = {y};
    if (!request.taps_only) result.prediction = y.transpose(1, 2).reshape(request.latent.sizes());
    return result;
  }
  [[nodiscard]] const Count& count() const { return *count_; }

 private:
  Tensor weight_;
  std::shared_ptr<Count> count_;
};
static_assert(flashmotion::Generator<TinyGenerator>);

/// Adds the control latent times one number a channel.
class TinyAdapter {
 public:
  TinyAdapter() : scale_(torch::full({kChannels}, 0.1)), count_(std::make_shared<Count>()) {}

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {{"scale", scale_}}; }
  void set_training(bool) {}
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const {
    return spec.sites;
  }
  [[nodiscard]] bool depends_on_noise() const { return false; }
  void initialise_from(const flashmotion::NamedTensors&) {}
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request) {
    ++count_->passes;
    control_sums_->push_back(request.control.sum().item<double>());
    return {{{{flashmotion::SiteKind::patch_embedding, 0}, tokens_of(request.control) * scale_}}};
  }
  [[nodiscard]] const Count& count() const { return *count_; }
  /// Sum of the control latent of each pass.
  [[nodiscard]] const std::vector<double>& control_sums() const { return *control_sums_; }

 private:
  Tensor scale_;
  std::shared_ptr<Count> count_;
  std::shared_ptr<std::vector<double>> control_sums_ = std::make_shared<std::vector<double>>();
};
static_assert(flashmotion::Adapter<TinyAdapter>);

/// One logit a token.
class TinyHead {
 public:
  TinyHead() : weight_(torch::full({kChannels}, 0.2)), count_(std::make_shared<Count>()) {}

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {{"weight", weight_}}; }
  void set_training(bool) {}
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const flashmotion::GeneratorSpec&) const { return {0}; }
  [[nodiscard]] Tensor logits(const flashmotion::HeadRequest& request) {
    ++count_->passes;
    count_->clips += request.sigma.size(0);
    return request.taps.front().matmul(weight_);
  }
  [[nodiscard]] const Count& count() const { return *count_; }

 private:
  Tensor weight_;
  std::shared_ptr<Count> count_;
};
static_assert(flashmotion::DiscriminatorHead<TinyHead>);

/// Noise of 5 frames of 8x8 pixels with one object: its box is the left half, its mask one pixel of it.
struct TinyClips {
  [[nodiscard]] flashmotion::ClipSpec spec() const { return {5, 8, 8, 1}; }
  [[nodiscard]] flashmotion::ClipBatch draw(const flashmotion::ClipRequest& request, flashmotion::Rng& rng) const {
    const std::int64_t n = request.count;
    flashmotion::ClipBatch clips;
    clips.video = rng.uniform({n, 3, 5, 8, 8}) * 2 - 1;
    clips.masks = torch::zeros({n, 1, 5, 8, 8}, torch::kBool);
    clips.masks.select(3, 0).select(3, 0).fill_(true);
    clips.boxes = torch::tensor({0.0F, 0.0F, 0.5F, 1.0F}).expand({n, 1, 5, 4}).contiguous();
    clips.valid = torch::ones({n, 1}, torch::kBool);
    clips.colours = torch::ones({n, 1, 3});
    clips.prompts.assign(static_cast<std::size_t>(n), "white dot");
    return clips;
  }
};
static_assert(flashmotion::Dataset<TinyClips>);

/// Every fourth frame, 2x2 pixels averaged.
struct TinyCodec {
  [[nodiscard]] Tensor encode(const Tensor& video) const {
    const Tensor x = video.slice(2, 0, video.size(2), 4);
    return x.reshape({x.size(0), x.size(1), x.size(2), x.size(3) / 2, 2, x.size(4) / 2, 2}).mean({4, 6});
  }
  [[nodiscard]] Tensor decode(const Tensor& latent) const { return latent; }
  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {}; }
};
static_assert(flashmotion::Codec<TinyCodec>);

inline flashmotion::BatchSource data(std::uint64_t seed = 0) {
  return {flashmotion::AnyDataset(TinyClips{}), flashmotion::AnyCodec(TinyCodec{}),
          flashmotion::WordEmbedder({.width = 4, .length = 2}), "a bad clip", seed};
}

/// Objectives that all weigh 1.
template <class... L>
flashmotion::ObjectiveStack stack(L... losses) {
  std::vector<flashmotion::WeightedObjective> terms;
  (terms.push_back({std::string(losses.name()), flashmotion::AnyObjective(losses), flashmotion::ConstantWeight{1.0}}),
   ...);
  return flashmotion::ObjectiveStack(std::move(terms));
}

inline bool equal(const flashmotion::NamedTensors& a, const flashmotion::NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i].tensor.equal(b[i].tensor)) return false;
  }
  return true;
}

inline double value(const flashmotion::StepReport& report, std::size_t term) {
  return report.terms[term].value.item<double>();
}

}  // namespace tiny_world
