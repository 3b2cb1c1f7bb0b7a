#include "flashmotion/wan/dit.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/video_transformer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>

namespace flashmotion::wan {
namespace dit_detail {

GeneratorSpec make_spec(const DitConfig& c) {
  if (c.width % c.heads != 0 || (c.width / c.heads) % 2 != 0 || c.width / c.heads < 6) {
    throw InputError(
        fmt::format("'heads' is {} and does not divide 'width' {} into even parts of at least 6", c.heads, c.width));
  }
  if (c.frequency_width % 2 != 0) throw InputError("'frequency_width' must be even");
  GeneratorSpec spec;
  spec.latent_channels = c.latent_channels;
  spec.width = c.width;
  spec.heads = c.heads;
  spec.blocks = c.blocks;
  spec.ffn_width = c.ffn_width;
  spec.text_width = c.text_width;
  spec.frequency_width = c.frequency_width;
  spec.patch = c.patch;
  spec.epsilon = c.epsilon;
  spec.sites.push_back({SiteKind::patch_embedding, 0});
  for (std::int64_t i = 0; i < c.blocks; ++i) spec.sites.push_back({SiteKind::after_block, i});
  return spec;
}

// The output head: modulated norm and projection to patches.
class HeadImpl : public torch::nn::Module {
 public:
  explicit HeadImpl(const GeneratorSpec& spec)
      : spec_(spec), head_(spec.width, spec.patch[0] * spec.patch[1] * spec.patch[2] * spec.latent_channels) {
    modulation = register_parameter("modulation", torch::zeros({1, 2, spec.width}));
    register_module("head", head_);
  }

  Tensor forward(const nn::VideoTransformer::Pass& pass) {
    const auto m = (pass.time.unsqueeze(2) + modulation.unsqueeze(0)).unsqueeze(2).unbind(3);  // [B, T, 1, D] each
    const auto [t, h, w] = pass.grid;
    const auto [pt, ph, pw] = spec_.patch;
    const Tensor x = pass.hidden.unflatten(1, {t, -1});
    // The patch vector runs over p_t, p_h, p_w and, fastest, the channel.
    return head_(nn::modulated_norm(x, m[0], m[1], spec_.epsilon))
        .reshape({x.size(0), t, h, w, pt, ph, pw, -1})
        .permute({0, 7, 1, 4, 2, 5, 3, 6})
        .reshape({x.size(0), -1, t * pt, h * ph, w * pw});
  }

  void initialise(std::uint64_t seed) {
    const torch::NoGradGuard no_grad;
    head_->weight.zero_();
    modulation.copy_(Rng(seed, "head.modulation").normal(modulation.sizes()) /
                     std::sqrt(static_cast<double>(spec_.width)));
  }

  Tensor modulation;  // [1, 2, D]

 private:
  GeneratorSpec spec_;
  nn::Linear head_;
};
TORCH_MODULE(Head);

}  // namespace dit_detail

class Dit : public nn::VideoTransformer {
 public:
  explicit Dit(const GeneratorSpec& spec) : nn::VideoTransformer(spec), head_(spec) { register_module("head", head_); }

  // As the Wan code does when it trains from nothing; the gates' mean is ours.
  void initialise(std::uint64_t seed, double initial_gate) {
    nn::xavier_initialise(*this, seed);
    const torch::NoGradGuard no_grad;
    const auto small = [&](const torch::nn::ModuleList& list, std::size_t i, const char* name) {
      const Tensor& weight = list->at<nn::LinearImpl>(i).weight;
      weight.copy_(Rng(seed, name).normal(weight.sizes()) * 0.02);
    };
    small(text_embedding_, 0, "text_embedding.0");
    small(text_embedding_, 2, "text_embedding.2");
    small(time_embedding_, 0, "time_embedding.0");
    small(time_embedding_, 2, "time_embedding.2");
    for (std::int64_t i = 0; i < spec_.blocks; ++i) {
      Tensor& table = blocks_[static_cast<std::size_t>(i)]->as<nn::Block>()->modulation;
      table.copy_(Rng(seed, "modulation", static_cast<std::uint64_t>(i)).normal(table.sizes()) /
                  std::sqrt(static_cast<double>(spec_.width)));
      for (const std::int64_t gate : {2, 5}) table.select(1, gate).add_(initial_gate);
    }
    head_->initialise(seed);
  }

  Tensor project(const Pass& pass) { return head_(pass); }

 private:
  dit_detail::Head head_;
};

DitGenerator::DitGenerator(const DitConfig& config, std::uint64_t seed)
    : config_(config), dit_(std::make_shared<Dit>(dit_detail::make_spec(config))) {
  dit_->initialise(seed, config.initial_gate);
}

NamedTensors DitGenerator::named_tensors() const { return nn::named_tensors(*dit_); }

void DitGenerator::set_training(bool on) { dit_->train(on); }

GeneratorSpec DitGenerator::spec() const { return dit_->layout(); }

DenoiseResult DitGenerator::denoise(const DenoiseRequest& request) {
  auto pass = dit_->embed(request.latent, request.sigma, request.text.tokens);
  const auto apply = [&](const Site& site) {
    if (request.edits == nullptr) return;
    for (const AddTokens& edit : request.edits->add) {
      if (edit.site == site) pass.hidden = pass.hidden + edit.tokens;
    }
  };
  DenoiseResult result;
  apply({SiteKind::patch_embedding, 0});
  std::size_t next_tap = 0;
  for (std::int64_t i = 0; i < config_.blocks; ++i) {
    if (request.taps_only && next_tap == request.taps.size()) return result;
    dit_->run_block(i, pass);
    apply({SiteKind::after_block, i});
    if (next_tap < request.taps.size() && request.taps[next_tap] == i) {
      result.taps.push_back(pass.hidden);
      ++next_tap;
    }
  }
  if (request.taps_only) return result;
  result.prediction = dit_->project(pass);
  if (config_.parameterisation == Parameterisation::clean) {
    const Tensor& sigma = request.sigma;
    const Tensor divisor =
        sigma.clamp_min(config_.sigma_floor).view({sigma.size(0), 1, sigma.dim() == 2 ? sigma.size(1) : 1, 1, 1});
    result.prediction = (request.latent - result.prediction) / divisor;
  }
  return result;
}

}  // namespace flashmotion::wan
