// The adapter '@name@': reads the control latent and adds tokens after every block of the generator.
#include <flashmotion/base/error.hpp>
#include <flashmotion/nn/initialise.hpp>
#include <flashmotion/nn/linear.hpp>
#include <flashmotion/nn/video_transformer.hpp>
#include <flashmotion/plugin/export.hpp>

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace @name@_plugin {

namespace nn = flashmotion::nn;

/// Keys of the table [adapter]: name, member, rule, one line of help.
struct @Class@Config {
  std::int64_t width = 64;

  static void fields(auto& f, auto& c) {
    f("width", c.width, flashmotion::Range{1, 4096}, "channels inside the adapter");
  }
};

class @Class@Network : public torch::nn::Module {
 public:
  @Class@Network(const @Class@Config& config, const flashmotion::GeneratorSpec& spec, std::uint64_t seed)
      : embedding_(spec.latent_channels, config.width, spec.patch) {
    register_module("embedding", embedding_);
    for (std::int64_t i = 0; i < spec.blocks; ++i) outputs_->push_back(nn::Linear(config.width, spec.width));
    register_module("outputs", outputs_);
    nn::fan_in_initialise(*this, seed);
    nn::zero_initialise(*outputs_);  // a fresh adapter changes nothing
  }

  /// `control` is [B, C, T, H, W]; tokens to add are [B, N, D], one tensor a block.
  flashmotion::SiteEdits forward(const flashmotion::Tensor& control) {
    const flashmotion::Tensor tokens = torch::silu(embedding_(control));
    flashmotion::SiteEdits edits;
    for (std::size_t i = 0; i < outputs_->size(); ++i) {
      const flashmotion::Site site{flashmotion::SiteKind::after_block, static_cast<std::int64_t>(i)};
      edits.add.push_back({site, outputs_->at<nn::LinearImpl>(i).forward(tokens)});
    }
    return edits;
  }

 private:
  nn::PatchEmbedding embedding_;
  torch::nn::ModuleList outputs_;
};

class @Class@ {
 public:
  using Config = @Class@Config;

  @Class@(const Config& config, const flashmotion::BuildContext& context)
      : network_(std::make_shared<@Class@Network>(config, context.generator, context.seed)) {
    network_->to(context.device);
  }

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return nn::named_tensors(*network_); }
  void set_training(bool on) { network_->train(on); }

  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const {
    std::vector<flashmotion::Site> sites;
    for (std::int64_t i = 0; i < spec.blocks; ++i) sites.push_back({flashmotion::SiteKind::after_block, i});
    return sites;
  }
  /// False: it reads neither `latent` nor `sigma`, and its edits are computed once a clip.
  [[nodiscard]] bool depends_on_noise() const { return false; }
  /// Called once, before training, with the generator's tensors; this one copies nothing.
  void initialise_from(const flashmotion::NamedTensors& /*generator*/) {}

  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request) {
    if (!request.control.defined())
      throw flashmotion::Error("the adapter '@name@' got no control latent; give the clip a trajectory");
    return network_->forward(request.control);
  }

 private:
  std::shared_ptr<@Class@Network> network_;
};
static_assert(flashmotion::Adapter<@Class@>);

}  // namespace @name@_plugin

FLASHMOTION_PLUGIN("@name@", "0.1.0",
                   flashmotion::adapter<@name@_plugin::@Class@>("@name@", "one line for listings: what it does"));
