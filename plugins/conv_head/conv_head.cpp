#include "plugins/conv_head/conv_head.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/conv.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/taps.hpp"
#include "flashmotion/nn/video_transformer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

namespace conv_head {

using flashmotion::Tensor;
namespace nn = flashmotion::nn;

// One scale: halves height and width, then mixes each frame with its neighbours. x is [B T, H, W, C].
class ScaleImpl : public torch::nn::Module {
 public:
  explicit ScaleImpl(std::int64_t width) : halve_(width, width, 3, 2), mix_(3 * width, width), logit_(width, 1) {
    register_module("halve", halve_);
    register_module("mix", mix_);
    register_module("logit", logit_);
  }

  Tensor forward(const Tensor& x, std::int64_t frames) {
    const Tensor y = at::silu(halve_(x.permute({0, 3, 1, 2}))).permute({0, 2, 3, 1}).unflatten(0, {-1, frames});
    const Tensor padded = at::constant_pad_nd(y, {0, 0, 0, 0, 0, 0, 1, 1});  // a frame of zeros before and after
    const Tensor near = at::cat({padded.narrow(1, 0, frames), y, padded.narrow(1, 2, frames)}, -1);
    return (y + at::silu(mix_(near))).flatten(0, 1);
  }

  // [B T, H, W, C] to [B, 1].
  Tensor logit(const Tensor& x, std::int64_t frames) { return logit_(x.unflatten(0, {-1, frames}).mean({1, 2, 3})); }

 private:
  nn::Conv2d halve_;
  nn::Linear mix_, logit_;
};
TORCH_MODULE(Scale);

class BranchImpl : public torch::nn::Module {
 public:
  BranchImpl(const ConvHeadConfig& config, std::int64_t tap_width)
      : norm_(tap_width, 1e-6), narrow_(tap_width, config.width) {
    register_module("norm", norm_);
    register_module("narrow", narrow_);
    for (std::int64_t i = 0; i < config.scales; ++i) scales_->push_back(Scale(config.width));
    register_module("scales", scales_);
  }

  // tap [B, N, D] to one [B, 1] a scale. `control` [B, N, width] may be undefined.
  std::vector<Tensor> forward(const Tensor& tap, const Tensor& control, const flashmotion::Grid& grid) {
    Tensor x = narrow_(norm_(tap));
    if (control.defined()) x = x + control;
    x = at::silu(x).reshape({-1, grid.height, grid.width, x.size(-1)});
    std::vector<Tensor> logits;
    for (const auto& module : *scales_) {
      auto& scale = *module->as<Scale>();
      x = scale.forward(x, grid.frames);
      logits.push_back(scale.logit(x, grid.frames));
    }
    return logits;
  }

 private:
  nn::LayerNorm norm_;
  nn::Linear narrow_;
  torch::nn::ModuleList scales_;
};
TORCH_MODULE(Branch);

class ConvHeadNetwork : public torch::nn::Module {
 public:
  ConvHeadNetwork(const ConvHeadConfig& config, const flashmotion::GeneratorSpec& spec, std::size_t taps,
                  std::uint64_t seed) {
    if (config.trajectory) {
      control_ = register_module("control", nn::PatchEmbedding(spec.latent_channels, config.width, spec.patch));
    }
    for (std::size_t i = 0; i < taps; ++i) branches_->push_back(Branch(config, spec.width));
    register_module("branches", branches_);
    nn::fan_in_initialise(*this, flashmotion::mix_seed(seed, "conv_head", 0));
  }

  Tensor forward(const flashmotion::HeadRequest& request) {
    const Tensor control = control_ ? control_(request.control) : Tensor();
    std::vector<Tensor> logits;
    for (std::size_t i = 0; i < branches_->size(); ++i) {
      const auto of_tap = branches_->at<BranchImpl>(i).forward(request.taps[i], control, request.grid);
      logits.insert(logits.end(), of_tap.begin(), of_tap.end());
    }
    return at::cat(logits, 1);
  }

  [[nodiscard]] bool reads_control() const { return !control_.is_empty(); }
  [[nodiscard]] std::size_t taps() const { return branches_->size(); }

 private:
  nn::PatchEmbedding control_{nullptr};
  torch::nn::ModuleList branches_;
};

ConvHead::ConvHead(const ConvHeadConfig& config, const flashmotion::BuildContext& context) : config_(config) {
  const std::size_t taps = nn::resolve_taps(config.taps, context.generator.blocks).size();
  network_ = std::make_shared<ConvHeadNetwork>(config, context.generator, taps, context.seed);
  network_->to(context.device);
}

flashmotion::NamedTensors ConvHead::named_tensors() const { return nn::named_tensors(*network_); }

void ConvHead::set_training(bool on) { network_->train(on); }

std::vector<std::int64_t> ConvHead::tap_blocks(const flashmotion::GeneratorSpec& spec) const {
  return nn::resolve_taps(config_.taps, spec.blocks);
}

Tensor ConvHead::logits(const flashmotion::HeadRequest& request) {
  if (request.taps.size() != network_->taps()) {
    throw flashmotion::Error(fmt::format("the head 'conv' reads {} taps and got {}; pass those of tap_blocks()",
                                         network_->taps(), request.taps.size()));
  }
  if (network_->reads_control() && !request.control.defined()) {
    throw flashmotion::Error(
        "the head 'conv' got no control latent; give the clip a trajectory or set 'trajectory' to false");
  }
  return network_->forward(request);
}

}  // namespace conv_head
