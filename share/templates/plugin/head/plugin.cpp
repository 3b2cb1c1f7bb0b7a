// The discriminator head '@name@': one logit for each tapped block, from pooled features and the control latent.
#include <flashmotion/base/error.hpp>
#include <flashmotion/nn/initialise.hpp>
#include <flashmotion/nn/linear.hpp>
#include <flashmotion/nn/taps.hpp>
#include <flashmotion/nn/video_transformer.hpp>
#include <flashmotion/plugin/export.hpp>

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace @name@_plugin {

namespace nn = flashmotion::nn;

/// Keys of the table [discriminator]: name, member, rule, one line of help.
struct @Class@Config {
  std::int64_t width = 32;
  std::vector<std::int64_t> taps;

  static void fields(auto& f, auto& c) {
    f("width", c.width, flashmotion::Range{1, 4096}, "channels inside the head");
    f("taps", c.taps, flashmotion::AtLeast{0}, "blocks whose features are read, rising; empty: three of them");
  }
};

class @Class@Network : public torch::nn::Module {
 public:
  @Class@Network(const @Class@Config& config, const flashmotion::GeneratorSpec& spec, std::size_t taps,
                 std::uint64_t seed)
      : control_(spec.latent_channels, config.width, spec.patch) {
    register_module("control", control_);
    for (std::size_t i = 0; i < taps; ++i) {
      narrow_->push_back(nn::Linear(spec.width, config.width));
      logit_->push_back(nn::Linear(config.width, 1));
    }
    register_module("narrow", narrow_);
    register_module("logit", logit_);
    nn::fan_in_initialise(*this, seed);
  }

  /// Taps are [B, N, D]; logits are [B, P] with P the number of taps.
  flashmotion::Tensor forward(const flashmotion::HeadRequest& request) {
    const flashmotion::Tensor control = control_(request.control);  // [B, N, width]
    std::vector<flashmotion::Tensor> logits;
    for (std::size_t i = 0; i < narrow_->size(); ++i) {
      const flashmotion::Tensor x = narrow_->at<nn::LinearImpl>(i).forward(request.taps[i]) + control;
      logits.push_back(logit_->at<nn::LinearImpl>(i).forward(torch::silu(x).mean(1)));
    }
    return torch::cat(logits, 1);
  }

  [[nodiscard]] std::size_t taps() const { return narrow_->size(); }

 private:
  nn::PatchEmbedding control_;
  torch::nn::ModuleList narrow_, logit_;
};

class @Class@ {
 public:
  using Config = @Class@Config;

  @Class@(const Config& config, const flashmotion::BuildContext& context) : config_(config) {
    const std::size_t taps = tap_blocks(context.generator).size();
    network_ = std::make_shared<@Class@Network>(config, context.generator, taps, context.seed);
    network_->to(context.device);
  }

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return nn::named_tensors(*network_); }
  void set_training(bool on) { network_->train(on); }
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const flashmotion::GeneratorSpec& spec) const {
    return nn::resolve_taps(config_.taps, spec.blocks);
  }
  [[nodiscard]] flashmotion::Tensor logits(const flashmotion::HeadRequest& request) {
    if (request.taps.size() != network_->taps())
      throw flashmotion::Error("the head '@name@' got other taps than those of tap_blocks()");
    if (!request.control.defined())
      throw flashmotion::Error("the head '@name@' got no control latent; give the clip a trajectory");
    return network_->forward(request);
  }

 private:
  Config config_;
  std::shared_ptr<@Class@Network> network_;
};
static_assert(flashmotion::DiscriminatorHead<@Class@>);

}  // namespace @name@_plugin

FLASHMOTION_PLUGIN("@name@", "0.1.0",
                   flashmotion::head<@name@_plugin::@Class@>("@name@", "one line for listings: what it does"));
