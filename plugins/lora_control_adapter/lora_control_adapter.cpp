#include "plugins/lora_control_adapter/lora_control_adapter.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/rope.hpp"
#include "flashmotion/nn/video_transformer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace lora_control_adapter {

using flashmotion::GeneratorSpec;
using flashmotion::Site;
using flashmotion::SiteKind;
using flashmotion::Tensor;
namespace nn = flashmotion::nn;

// The sites of the wanted kind in every `stride`-th block.
std::vector<Site> key_sites(const LoraControlConfig& config, const GeneratorSpec& spec) {
  std::vector<Site> sites;
  if (config.keys == TrajectoryKeys::none) return sites;
  const SiteKind kind = config.keys == TrajectoryKeys::self ? SiteKind::self_attention : SiteKind::cross_attention;
  std::copy_if(spec.attention_sites.begin(), spec.attention_sites.end(), std::back_inserter(sites),
               [&](const Site& site) { return site.kind == kind && site.block % config.stride == 0; });
  return sites;
}

// Keys and values of one attention from the features of the control latent.
class KeysImpl : public torch::nn::Module {
 public:
  KeysImpl(std::int64_t width, const GeneratorSpec& spec)
      : key_(width, spec.width), norm_(spec.width, spec.epsilon), value_(width, spec.width) {
    register_module("key", key_);
    register_module("norm", norm_);
    register_module("value", value_);
  }

  // Features [B, N, width] to keys [B, N, D], of the length that the generator's own keys have.
  Tensor keys(const Tensor& features) { return norm_(key_(features)); }
  Tensor values(const Tensor& features) { return value_(features); }

  void make_silent() { nn::zero_initialise(*value_); }

 private:
  nn::Linear key_;
  nn::RmsNorm norm_;
  nn::Linear value_;
};
TORCH_MODULE(Keys);

class LoraControlNetwork : public torch::nn::Module {
 public:
  LoraControlNetwork(const LoraControlConfig& config, const flashmotion::BuildContext& context)
      : spec_(context.generator),
        rotates_(config.keys == TrajectoryKeys::self),
        scale_(config.scale),
        sites_(key_sites(config, spec_)) {
    const std::uint64_t seed = flashmotion::mix_seed(context.seed, "lora_control_adapter", 0);
    if (config.keys != TrajectoryKeys::none && sites_.empty()) {
      throw flashmotion::InputError("the generator takes no keys and values; set 'keys' to \"none\"");
    }
    if (!sites_.empty()) {
      embedding_ = register_module("embedding", nn::PatchEmbedding(spec_.latent_channels, config.width, spec_.patch));
      for (std::size_t i = 0; i < sites_.size(); ++i) keys_->push_back(Keys(config.width, spec_));
      register_module("keys", keys_);
      nn::fan_in_initialise(*this, seed);
      for (const auto& keys : *keys_) keys->as<Keys>()->make_silent();
    }
    to(context.device);
    for (const std::string& wanted : config.linears) add_deltas(wanted, config.rank, seed, context.device);
  }

  flashmotion::NamedTensors tensors() const {
    flashmotion::NamedTensors list = nn::named_tensors(*this);
    for (const flashmotion::LowRankDelta& delta : deltas_) {
      list.push_back({delta.linear + ".lora_down.weight", delta.down});
      list.push_back({delta.linear + ".lora_up.weight", delta.up});
    }
    return list;
  }

  [[nodiscard]] bool reads_control() const { return !sites_.empty(); }

  flashmotion::SiteEdits forward(const Tensor& control) {
    flashmotion::SiteEdits edits;
    edits.low_rank = deltas_;
    if (sites_.empty()) return edits;
    const Tensor features = at::silu(embedding_(control));
    const flashmotion::Grid grid = spec_.grid(control);
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      auto& keys = keys_->at<KeysImpl>(i);
      edits.extra.push_back({sites_[i], placed(keys.keys(features), grid), keys.values(features)});
    }
    return edits;
  }

 private:
  // A delta for every layer whose name ends with `wanted`.
  void add_deltas(const std::string& wanted, std::int64_t rank, std::uint64_t seed, torch::Device device) {
    std::vector<std::string> names;
    bool found = false;
    for (const flashmotion::LinearLayer& layer : spec_.linears) {
      constexpr std::string_view kFirst = "blocks.0.";
      if (layer.name.starts_with(kFirst)) names.push_back(layer.name.substr(kFirst.size()));
      if (layer.name != wanted && !layer.name.ends_with("." + wanted)) continue;
      found = true;
      const auto twice = std::any_of(deltas_.begin(), deltas_.end(),
                                     [&](const flashmotion::LowRankDelta& d) { return d.linear == layer.name; });
      if (twice) throw flashmotion::InputError(fmt::format("'linears' names '{}' twice; leave one out", layer.name));
      const Tensor down = (flashmotion::Rng(seed, layer.name).uniform({rank, layer.in}) * 2 - 1) /
                          std::sqrt(static_cast<double>(layer.in));
      deltas_.push_back({layer.name, down.to(device).requires_grad_(true),
                         torch::zeros({layer.out, rank}, torch::device(device)).requires_grad_(true), scale_});
    }
    if (found) return;
    throw flashmotion::InputError(fmt::format("'linears' names '{}', which is no linear layer of the generator{}",
                                              wanted, flashmotion::suggestion(wanted, names, "there are")));
  }

  // Keys turned as the generator turns its own, where the attention has places.
  Tensor placed(const Tensor& keys, const flashmotion::Grid& grid) {
    if (!rotates_) return keys;
    if (rope_.first != grid || !rope_.second.defined()) {
      rope_ = {grid, nn::rope_factors(grid, spec_.width / spec_.heads).to(keys.device())};
    }
    return nn::apply_rope(keys.unflatten(-1, {spec_.heads, -1}), rope_.second).flatten(-2);
  }

  GeneratorSpec spec_;
  bool rotates_;
  double scale_;
  std::vector<Site> sites_;
  nn::PatchEmbedding embedding_{nullptr};
  torch::nn::ModuleList keys_;
  std::vector<flashmotion::LowRankDelta> deltas_;
  std::pair<flashmotion::Grid, Tensor> rope_;  // of the last grid
};

void LoraControlConfig::validate(flashmotion::Check& check) const {
  if (linears.empty() && keys == TrajectoryKeys::none) {
    check.error("linears", "without 'linears' and without 'keys' the adapter changes nothing; give one of them");
  }
}

LoraControl::LoraControl(const LoraControlConfig& config, const flashmotion::BuildContext& context)
    : config_(config), network_(std::make_shared<LoraControlNetwork>(config, context)) {}

flashmotion::NamedTensors LoraControl::named_tensors() const { return network_->tensors(); }

void LoraControl::set_training(bool on) { network_->train(on); }

std::vector<Site> LoraControl::sites(const GeneratorSpec& spec) const { return key_sites(config_, spec); }

void LoraControl::initialise_from(const flashmotion::NamedTensors& /*generator*/) {}

flashmotion::SiteEdits LoraControl::edits(const flashmotion::AdapterRequest& request) {
  if (network_->reads_control() && !request.control.defined()) {
    throw flashmotion::Error("the adapter 'lora_control' got no control latent; give the clip a trajectory");
  }
  return network_->forward(request.control);
}

}  // namespace lora_control_adapter
