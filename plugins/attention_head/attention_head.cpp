#include "plugins/attention_head/attention_head.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/sinusoid.hpp"
#include "flashmotion/nn/taps.hpp"
#include "flashmotion/nn/video_transformer.hpp"
#include "plugins/attention_head/query_attention.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <utility>

namespace attention_head {

using flashmotion::Grid;
using flashmotion::Tensor;
namespace nn = flashmotion::nn;

constexpr std::int64_t kPositionWidth = 16;  // of one axis

// What the branches of all taps attend to; undefined where it is not read.
struct Context {
  Tensor text;      // [B, L, C]
  Tensor control;   // [B, N, C], with positions
  Tensor position;  // [N, C], of the video tokens
  std::int64_t first_frame_tokens = 0;
};

// The query's way at one tap.
class BranchImpl : public torch::nn::Module {
 public:
  BranchImpl(const AttentionHeadConfig& config, std::int64_t width, std::int64_t context_width)
      : norm_(width, 1e-6), hidden_(width, width), logit_(width, 1) {
    query = register_parameter("query", torch::zeros({1, width}));
    const auto add = [&](bool wanted, const char* name, QueryAttention& attention) {
      if (wanted) attention = register_module(name, QueryAttention(width, context_width, config.heads));
    };
    if (config.semantic) own_token_ = register_module("own_token", nn::Linear(width, context_width));
    add(config.semantic, "semantic", semantic_);
    add(config.trajectory, "trajectory", trajectory_);
    add(config.video, "video", video_);
    register_module("norm", norm_);
    register_module("hidden", hidden_);
    register_module("logit", logit_);
  }

  // tap [B, N, C] to [B, 1].
  Tensor forward(const Tensor& tap, const Context& context) {
    Tensor q = query.expand({tap.size(0), -1});
    if (semantic_) {
      const Tensor first = tap.narrow(1, 0, context.first_frame_tokens);
      q = semantic_(q, at::cat({own_token_(q).unsqueeze(1), first, context.text}, 1));
    }
    if (trajectory_) q = trajectory_(q, context.control);
    if (video_) q = video_(q, tap + context.position);
    return logit_(at::silu(hidden_(norm_(q))));
  }

  Tensor query;  // [1, D]

 private:
  nn::Linear own_token_{nullptr};
  QueryAttention semantic_{nullptr}, trajectory_{nullptr}, video_{nullptr};
  nn::LayerNorm norm_;
  nn::Linear hidden_, logit_;
};
TORCH_MODULE(Branch);

class AttentionHeadNetwork : public torch::nn::Module {
 public:
  AttentionHeadNetwork(const AttentionHeadConfig& config, const flashmotion::GeneratorSpec& spec, std::size_t taps,
                       std::uint64_t seed) {
    const std::int64_t width = config.width == 0 ? spec.width : config.width;
    if (width % config.heads != 0) {
      throw flashmotion::InputError(
          fmt::format("'heads' is {} and does not divide the width {}; choose one that does", config.heads, width));
    }
    if (config.semantic) text_ = register_module("text", nn::Linear(spec.text_width, spec.width));
    if (config.trajectory) {
      control_ = register_module("control", nn::PatchEmbedding(spec.latent_channels, spec.width, spec.patch));
      control_position_ = register_module("control_position", nn::Linear(3 * kPositionWidth, spec.width, false));
    }
    if (config.video) {
      video_position_ = register_module("video_position", nn::Linear(3 * kPositionWidth, spec.width, false));
    }
    for (std::size_t i = 0; i < taps; ++i) branches_->push_back(Branch(config, width, spec.width));
    register_module("branches", branches_);
    nn::fan_in_initialise(*this, flashmotion::mix_seed(seed, "attention_head", 0));
  }

  Tensor forward(const flashmotion::HeadRequest& request) {
    Context context;
    context.first_frame_tokens = request.grid.height * request.grid.width;
    if (text_) context.text = text_(request.text.tokens);
    if (control_) context.control = control_(request.control) + control_position_(places(request));
    if (video_position_) context.position = video_position_(places(request));
    std::vector<Tensor> logits;
    for (std::size_t i = 0; i < branches_->size(); ++i) {
      logits.push_back(branches_->at<BranchImpl>(i).forward(request.taps[i], context));
    }
    return at::cat(logits, 1);
  }

  [[nodiscard]] bool reads_control() const { return !control_.is_empty(); }
  [[nodiscard]] std::size_t taps() const { return branches_->size(); }

 private:
  const Tensor& places(const flashmotion::HeadRequest& request) {
    if (places_.first != request.grid || !places_.second.defined()) {
      places_ = {request.grid, nn::position_features(request.grid, kPositionWidth).to(request.taps.front().device())};
    }
    return places_.second;
  }

  nn::Linear text_{nullptr}, control_position_{nullptr}, video_position_{nullptr};
  nn::PatchEmbedding control_{nullptr};
  torch::nn::ModuleList branches_;
  std::pair<Grid, Tensor> places_;  // of the last grid
};

void AttentionHeadConfig::validate(flashmotion::Check& check) const {
  if (!semantic && !trajectory && !video) {
    check.error("video", "one of 'semantic', 'trajectory' and 'video' must be on");
  }
}

AttentionHead::AttentionHead(const AttentionHeadConfig& config, const flashmotion::BuildContext& context)
    : config_(config) {
  if (!config.semantic && !config.trajectory && !config.video) {
    throw flashmotion::InputError("one of 'semantic', 'trajectory' and 'video' must be on");
  }
  const std::size_t taps = nn::resolve_taps(config.taps, context.generator.blocks).size();
  network_ = std::make_shared<AttentionHeadNetwork>(config, context.generator, taps, context.seed);
  network_->to(context.device);
}

flashmotion::NamedTensors AttentionHead::named_tensors() const { return nn::named_tensors(*network_); }

void AttentionHead::set_training(bool on) { network_->train(on); }

std::vector<std::int64_t> AttentionHead::tap_blocks(const flashmotion::GeneratorSpec& spec) const {
  return nn::resolve_taps(config_.taps, spec.blocks);
}

Tensor AttentionHead::logits(const flashmotion::HeadRequest& request) {
  if (request.taps.size() != network_->taps()) {
    throw flashmotion::Error(fmt::format("the head 'attention' reads {} taps and got {}; pass those of tap_blocks()",
                                         network_->taps(), request.taps.size()));
  }
  if (network_->reads_control() && !request.control.defined()) {
    throw flashmotion::Error(
        "the head 'attention' got no control latent; give the clip a trajectory or set 'trajectory' to false");
  }
  return network_->forward(request);
}

}  // namespace attention_head
