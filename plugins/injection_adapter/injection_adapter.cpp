#include "plugins/injection_adapter/injection_adapter.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/conv.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/video_transformer.hpp"

#include <torch/torch.h>

namespace injection_adapter {

using flashmotion::Tensor;
namespace nn = flashmotion::nn;

// x + conv(silu(conv(silu(x)))).
class ResidualImpl : public torch::nn::Module {
 public:
  explicit ResidualImpl(std::int64_t width) : first_(width, width, 3), second_(width, width, 3) {
    register_module("first", first_);
    register_module("second", second_);
  }
  Tensor forward(const Tensor& x) { return x + second_(at::silu(first_(at::silu(x)))); }

 private:
  nn::Conv2d first_, second_;
};
TORCH_MODULE(Residual);

class InjectionNetwork : public torch::nn::Module {
 public:
  InjectionNetwork(const InjectionConfig& config, const flashmotion::GeneratorSpec& spec, std::uint64_t seed)
      : spec_(spec), embedding_(spec.latent_channels, config.width, spec.patch) {
    register_module("embedding", embedding_);
    for (std::int64_t i = 0; i < config.blocks; ++i) blocks_->push_back(Residual(config.width));
    register_module("blocks", blocks_);
    for (std::int64_t i = 0; i < spec.blocks; ++i) outputs_->push_back(nn::Linear(config.width, spec.width));
    register_module("outputs", outputs_);
    nn::fan_in_initialise(*this, flashmotion::mix_seed(seed, "injection_adapter", 0));
    nn::zero_initialise(*outputs_);
  }

  flashmotion::SiteEdits forward(const Tensor& control) {
    const flashmotion::Grid grid = spec_.grid(control);
    // Tokens are channels-last images already: neither the convolutions nor the projections need a copy.
    Tensor x = embedding_(control).view({-1, grid.height, grid.width, embedding_->weight.size(0)});
    x = x.permute({0, 3, 1, 2});  // [B T, width, H, W]
    for (const auto& block : *blocks_) x = block->as<Residual>()->forward(x);
    const Tensor tokens = at::silu(x).permute({0, 2, 3, 1}).reshape({control.size(0), grid.tokens(), -1});
    flashmotion::SiteEdits edits;
    for (std::int64_t i = 0; i < spec_.blocks; ++i) {
      const auto& output = outputs_->at<nn::LinearImpl>(static_cast<std::size_t>(i));
      edits.add.push_back({{flashmotion::SiteKind::after_block, i}, output.forward(tokens)});
    }
    return edits;
  }

 private:
  flashmotion::GeneratorSpec spec_;
  nn::PatchEmbedding embedding_;
  torch::nn::ModuleList blocks_, outputs_;
};

InjectionAdapter::InjectionAdapter(const InjectionConfig& config, const flashmotion::BuildContext& context)
    : network_(std::make_shared<InjectionNetwork>(config, context.generator, context.seed)) {
  network_->to(context.device);
}

flashmotion::NamedTensors InjectionAdapter::named_tensors() const { return nn::named_tensors(*network_); }

void InjectionAdapter::set_training(bool on) { network_->train(on); }

std::vector<flashmotion::Site> InjectionAdapter::sites(const flashmotion::GeneratorSpec& spec) const {
  std::vector<flashmotion::Site> sites;
  for (std::int64_t i = 0; i < spec.blocks; ++i) sites.push_back({flashmotion::SiteKind::after_block, i});
  return sites;
}

void InjectionAdapter::initialise_from(const flashmotion::NamedTensors& /*generator*/) {}

flashmotion::SiteEdits InjectionAdapter::edits(const flashmotion::AdapterRequest& request) {
  if (!request.control.defined()) {
    throw flashmotion::Error("the adapter 'injection' got no control latent; give the clip a trajectory");
  }
  return network_->forward(request.control);
}

}  // namespace injection_adapter
