#include "flashmotion/wan/dit.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/block_edits.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/noise_levels.hpp"
#include "flashmotion/nn/video_transformer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <utility>
#include <vector>

namespace flashmotion::wan {
namespace dit_detail {

// The output head: modulated norm and projection to patches.
class HeadImpl : public torch::nn::Module {
 public:
  HeadImpl(const GeneratorSpec& spec, nn::Storage storage)
      : spec_(spec),
        head_(spec.width, spec.patch[0] * spec.patch[1] * spec.patch[2] * spec.latent_channels, true, storage) {
    modulation = register_parameter("modulation", nn::new_parameter({1, 2, spec.width}, storage));
    register_module("head", head_);
  }

  Tensor forward(const nn::VideoTransformer::Pass& pass) {
    const nn::BlockInput& input = pass.input;
    const auto m = nn::by_frame(pass.time.to(torch::kFloat).unsqueeze(2) + modulation.unsqueeze(0).to(torch::kFloat),
                                input.level_of_frame);
    const auto [t, h, w] = pass.grid;
    const auto [pt, ph, pw] = spec_.patch;
    const Tensor x = nn::modulated_norm(pass.hidden.unflatten(1, {t, -1}), m[0], m[1], spec_.epsilon,
                                        input.numerics.norm_keeps_type);
    // The patch vector runs over p_t, p_h, p_w and, fastest, the channel.
    return head_(x.to(input.numerics.head))
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

// Noise levels [B, 1 or T] of the frames.
Tensor frame_levels(const nn::VideoTransformer::Pass& pass, const Tensor& sigma) {
  if (sigma.dim() == 1) return sigma.unsqueeze(1);
  return sigma.unflatten(1, {pass.grid.frames, -1}).select(2, 0);
}

void trace_embeddings(const nn::VideoTransformer::Pass& pass, const Tensor& sigma, NamedTensors& trace) {
  const auto [t, h, w] = pass.grid;
  trace.push_back({"patch_embedding", pass.hidden.transpose(1, 2).unflatten(2, {t, h, w})});
  trace.push_back({"rope.cos", at::real(pass.input.rope).repeat_interleave(2, 1)});
  trace.push_back({"rope.sin", at::imag(pass.input.rope).repeat_interleave(2, 1)});
  Tensor time = pass.time;
  if (sigma.dim() == 1) {
    time = time.squeeze(1);
  } else {
    if (pass.input.level_of_frame.defined()) time = time.index_select(1, pass.input.level_of_frame);
    time = time.expand({-1, t, -1}).repeat_interleave(sigma.size(1) / t, 1);
  }
  trace.push_back({"temb", time});
  trace.push_back({"text_embedding", pass.input.text});
  if (pass.input.image.defined()) trace.push_back({"image_embedding", pass.input.image});
}

}  // namespace dit_detail

class Dit : public nn::VideoTransformer {
 public:
  Dit(const GeneratorSpec& spec, nn::Storage storage) : nn::VideoTransformer(spec, storage), head_(spec, storage) {
    register_module("head", head_);
  }

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

GeneratorSpec spec_of(const DitConfig& c) {
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
  spec.condition_channels = c.condition_channels;
  spec.image_width = c.image_width;
  spec.regime = c.regime;
  spec.checkpointing = c.checkpointing;
  spec.sites.push_back({SiteKind::patch_embedding, 0});
  for (std::int64_t i = 0; i < c.blocks; ++i) spec.sites.push_back({SiteKind::after_block, i});
  spec.attention_sites = nn::attention_sites(spec);
  spec.linears = nn::block_linears(spec);
  return spec;
}

DitGenerator::DitGenerator(const DitConfig& config, std::uint64_t seed) : DitGenerator(config, nn::Storage::owned) {
  dit_->initialise(seed, config.initial_gate);
}

DitGenerator::DitGenerator(const DitConfig& config, nn::Storage storage)
    : config_(config), dit_(std::make_shared<Dit>(spec_of(config), storage)) {}

NamedTensors DitGenerator::named_tensors() const { return nn::named_tensors(*dit_); }

void DitGenerator::set_training(bool on) { dit_->train(on); }

GeneratorSpec DitGenerator::spec() const { return dit_->layout(); }

void DitGenerator::stream_blocks(std::shared_ptr<nn::BlockStream> stream) { dit_->stream_blocks(std::move(stream)); }

DenoiseResult DitGenerator::denoise(const DenoiseRequest& request) { return run(request, nullptr); }

NamedTensors DitGenerator::trace(const DenoiseRequest& request) {
  NamedTensors trace;
  trace.push_back({"sample", run(request, &trace).prediction});
  return trace;
}

DenoiseResult DitGenerator::run(const DenoiseRequest& request, NamedTensors* trace) {
  auto pass = dit_->embed(request.latent, request.sigma, request.text, request.image);
  if (trace != nullptr) dit_detail::trace_embeddings(pass, request.sigma, *trace);
  const auto apply = [&](const Site& site) {
    if (request.edits == nullptr) return;
    for (const AddTokens& edit : request.edits->add) {
      if (edit.site == site) nn::VideoTransformer::add_tokens(pass, edit.tokens);
    }
  };
  if (request.edits != nullptr) pass.edits = nn::hold_edits(*request.edits, dit_->layout());
  DenoiseResult result;
  apply({SiteKind::patch_embedding, 0});
  std::size_t next_tap = 0;
  for (std::int64_t i = 0; i < config_.blocks; ++i) {
    if (request.taps_only && next_tap == request.taps.size()) return result;
    dit_->run_block(i, pass);
    if (trace != nullptr) trace->push_back({fmt::format("block.{}", i), pass.hidden});
    apply({SiteKind::after_block, i});
    if (next_tap < request.taps.size() && request.taps[next_tap] == i) {
      result.taps.push_back(pass.hidden.to(torch::kFloat));
      ++next_tap;
    }
  }
  if (request.taps_only) return result;
  result.prediction = dit_->project(pass);
  if (config_.parameterisation == Parameterisation::clean) {
    const Tensor sigma = dit_detail::frame_levels(pass, request.sigma);
    const Tensor divisor = sigma.clamp_min(config_.sigma_floor).view({sigma.size(0), 1, sigma.size(1), 1, 1});
    result.prediction = (request.latent - result.prediction) / divisor;
  }
  return result;
}

}  // namespace flashmotion::wan
