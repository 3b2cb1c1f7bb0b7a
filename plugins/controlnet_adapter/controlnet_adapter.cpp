#include "plugins/controlnet_adapter/controlnet_adapter.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/video_transformer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <utility>

namespace controlnet_adapter {

using flashmotion::Tensor;
namespace nn = flashmotion::nn;

// Block `index` of the copy stands for block `index * stride` of the generator.
class ControlNetwork : public nn::VideoTransformer {
 public:
  ControlNetwork(const flashmotion::GeneratorSpec& generator, std::int64_t stride, std::uint64_t seed,
                 nn::Storage storage)
      : nn::VideoTransformer(copied_spec(generator, stride), storage),
        stride_(stride),
        control_embedding_(spec_.latent_channels, spec_.width, spec_.patch, storage) {
    register_module("control_embedding", control_embedding_);
    for (std::int64_t i = 0; i < spec_.blocks; ++i) {
      outputs_->push_back(nn::Linear(spec_.width, spec_.width, true, storage));
    }
    register_module("outputs", outputs_);
    if (storage == nn::Storage::deferred) return;
    nn::xavier_initialise(*this, flashmotion::mix_seed(seed, "controlnet_adapter", 0));
    nn::zero_initialise(*control_embedding_);
    nn::zero_initialise(*outputs_);
  }

  // The parameters that have an original, with its name.
  flashmotion::NamedTensors originals() const {
    flashmotion::NamedTensors list;
    for (auto& [name, tensor] : nn::named_tensors(*this)) {
      if (name.starts_with("control_embedding.") || name.starts_with("outputs.")) continue;
      list.push_back({original_name(name), tensor});
    }
    return list;
  }

  flashmotion::SiteEdits forward(const flashmotion::AdapterRequest& request) {
    Pass pass = embed(request.latent, request.sigma, request.text, request.image);
    add_tokens(pass, control_embedding_(request.control));
    flashmotion::SiteEdits edits;
    for (std::int64_t i = 0; i < spec_.blocks; ++i) {
      run_block(i, pass);
      const auto& output = outputs_->at<nn::LinearImpl>(static_cast<std::size_t>(i));
      edits.add.push_back({{flashmotion::SiteKind::after_block, i * stride_}, output.forward(pass.hidden)});
    }
    return edits;
  }

 private:
  static flashmotion::GeneratorSpec copied_spec(flashmotion::GeneratorSpec spec, std::int64_t stride) {
    spec.blocks = (spec.blocks + stride - 1) / stride;
    return spec;
  }

  std::string original_name(const std::string& name) const {
    const std::string prefix = "blocks.";
    if (!name.starts_with(prefix)) return name;
    const std::size_t dot = name.find('.', prefix.size());
    const std::int64_t index = std::stoll(name.substr(prefix.size(), dot - prefix.size()));
    return fmt::format("{}{}{}", prefix, index * stride_, name.substr(dot));
  }

  std::int64_t stride_;
  nn::PatchEmbedding control_embedding_;
  torch::nn::ModuleList outputs_;
};

ControlNet::ControlNet(const ControlNetConfig& config, const flashmotion::BuildContext& context, nn::Storage storage)
    : config_(config),
      network_(std::make_shared<ControlNetwork>(context.generator, config.stride, context.seed, storage)) {
  network_->to(context.device);
}

flashmotion::NamedTensors ControlNet::named_tensors() const { return nn::named_tensors(*network_); }

void ControlNet::set_training(bool on) { network_->train(on); }

std::vector<flashmotion::Site> ControlNet::sites(const flashmotion::GeneratorSpec& spec) const {
  std::vector<flashmotion::Site> sites;
  for (std::int64_t i = 0; i < spec.blocks; i += config_.stride) {
    sites.push_back({flashmotion::SiteKind::after_block, i});
  }
  return sites;
}

void ControlNet::initialise_from(const flashmotion::NamedTensors& generator) {
  const std::string prefix = config_.expert == Expert::high_noise ? "high_noise_model." : "low_noise_model.";
  const bool experts =
      std::any_of(generator.begin(), generator.end(), [&](const auto& g) { return g.name.starts_with(prefix); });
  std::vector<std::pair<Tensor, Tensor>> copies;  // destination, source
  for (auto& [original, tensor] : network_->originals()) {
    const std::string name = experts ? prefix + original : original;
    const auto found =
        std::find_if(generator.begin(), generator.end(), [&wanted = name](const auto& g) { return g.name == wanted; });
    if (found == generator.end()) {
      throw flashmotion::Error(fmt::format(
          "the generator has no tensor '{}', which the adapter 'controlnet' copies; use a generator of the same family",
          name));
    }
    if (found->tensor.sizes() != tensor.sizes()) {
      throw flashmotion::Error(fmt::format(
          "the generator's tensor '{}' has shape [{}], the adapter 'controlnet' expects [{}]; build both from one "
          "configuration",
          name, fmt::join(found->tensor.sizes(), ", "), fmt::join(tensor.sizes(), ", ")));
    }
    copies.emplace_back(tensor, found->tensor);
  }
  const torch::NoGradGuard no_grad;
  for (auto& [destination, source] : copies) destination.copy_(source);
}

flashmotion::SiteEdits ControlNet::edits(const flashmotion::AdapterRequest& request) {
  if (!request.control.defined()) {
    throw flashmotion::Error("the adapter 'controlnet' got no control latent; give the clip a trajectory");
  }
  return network_->forward(request);
}

}  // namespace controlnet_adapter
