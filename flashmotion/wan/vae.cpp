#include "flashmotion/wan/vae.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/wan/detail/vae_net.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion::wan {

/// Both halves, and the projections between them and the latent.
class VaeNet : public torch::nn::Module {
 public:
  VaeNet(const VaeConfig& config, nn::Storage storage)
      : patch_(config.version == VaeVersion::wan22 ? 2 : 1),
        conv1_(2 * config.z_dim, 2 * config.z_dim, 1, 1, storage),
        conv2_(config.z_dim, config.z_dim, 1, 1, storage),
        encoder_(config, storage),
        decoder_(config, storage) {
    register_module("encoder", encoder_);
    register_module("conv1", conv1_);
    register_module("conv2", conv2_);
    register_module("decoder", decoder_);
  }

  // The type in which it computes.
  [[nodiscard]] at::ScalarType type() const { return conv2_->weight.scalar_type(); }

  // A chunk of pixels [B, 3, F, H, W] to moments [B, 2 C, T, h, w].
  [[nodiscard]] Tensor encode(const Tensor& pixels, nn::ConvHistory& history,
                              const vae_detail::Observer& observe) const {
    return conv1_->forward(encoder_->forward(shuffle(pixels.to(type())), history, observe), history);
  }

  // A chunk of latents [B, C, T, h, w] to pixels [B, 3, F, H, W], in no half type.
  [[nodiscard]] Tensor decode(const Tensor& latent, nn::ConvHistory& history,
                              const vae_detail::Observer& observe) const {
    Tensor pixels = decoder_->forward(conv2_->forward(latent.to(type()), history), history, observe);
    if (at::isReducedFloatingType(pixels.scalar_type())) pixels = pixels.to(at::kFloat);
    return spread(pixels);
  }

 private:
  // Cells of pixels to channels: the column of a pixel in its cell counts before its row.
  [[nodiscard]] Tensor shuffle(const Tensor& x) const {
    if (patch_ == 1) return x;
    return x.unflatten(4, {-1, patch_}).unflatten(3, {-1, patch_}).permute({0, 1, 6, 4, 2, 3, 5}).flatten(1, 3);
  }
  [[nodiscard]] Tensor spread(const Tensor& x) const {
    if (patch_ == 1) return x;
    return x.unflatten(1, {-1, patch_, patch_}).permute({0, 1, 4, 5, 3, 6, 2}).flatten(5, 6).flatten(3, 4);
  }

  std::int64_t patch_;
  nn::CausalConv3d conv1_, conv2_;
  vae_detail::Encoder encoder_;
  vae_detail::Decoder decoder_;
};

namespace vae {

void expect_clip(const Tensor& x, std::int64_t channels, const char* what, const char* axes) {
  if (x.dim() != 5 || x.size(1) != channels || x.numel() == 0) {
    throw ShapeError(fmt::format("{} for the autoencoder is [{}]; give [B, {}, {}]", what, fmt::join(x.sizes(), ", "),
                                 channels, axes));
  }
}

// Joins the chunks' results along time, by name.
class Trace {
 public:
  explicit Trace(NamedTensors* to) : to_(to) {}
  [[nodiscard]] vae_detail::Observer observer() {
    if (to_ == nullptr) return {};
    return [this](const std::string& name, const Tensor& result) {
      const auto found = std::find_if(to_->begin(), to_->end(), [&](const NamedTensor& t) { return t.name == name; });
      if (found == to_->end()) {
        to_->push_back({name, result});
      } else {
        found->tensor = at::cat({found->tensor, result}, 2);
      }
    };
  }

 private:
  NamedTensors* to_;
};

// Runs chunks of `first`, then of `step` frames over `x` and joins what `run` makes of each along time.
template <class Run>
Tensor by_chunks(const Tensor& x, std::int64_t first, std::int64_t step, Run run) {
  nn::ConvHistory history;
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < x.size(2);) {
    const std::int64_t count = std::min(begin == 0 ? first : step, x.size(2) - begin);
    history.begin_chunk(begin + count == x.size(2));
    parts.push_back(run(x.narrow(2, begin, count), history));
    begin += count;
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 2);
}

// A statistic of the latent's channels beside `like`; `otherwise` everywhere when there is none.
Tensor by_channel(const std::vector<double>& values, double otherwise, const Tensor& like) {
  if (values.empty()) return at::full({1, 1, 1, 1, 1}, otherwise, like.options());
  return at::tensor(values, at::kDouble).to(like.options()).view({1, -1, 1, 1, 1});
}

Tensor widened(const Tensor& x) { return at::isReducedFloatingType(x.scalar_type()) ? x.to(at::kFloat) : x; }

}  // namespace vae

class VaeDecodeStream::Impl {
 public:
  explicit Impl(Vae model, std::shared_ptr<const VaeNet> network) : vae(std::move(model)), net(std::move(network)) {}

  Vae vae;
  std::shared_ptr<const VaeNet> net;
  nn::ConvHistory history;
};

VaeDecodeStream::VaeDecodeStream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Tensor VaeDecodeStream::push(const Tensor& latent) {
  vae::expect_clip(latent, impl_->vae.config().z_dim, "latent", "T, h, w");
  impl_->history.begin_chunk(false);
  return impl_->net->decode(impl_->vae.denormalise(latent), impl_->history, {}).clamp(-1, 1);
}

Vae::Vae(const VaeConfig& config, nn::Storage storage) : config_(config) {
  validate(config);
  net_ = std::make_shared<VaeNet>(config, storage);
  net_->eval();
}

Vae::Vae(const VaeConfig& config, std::uint64_t seed) : Vae(config, nn::Storage::owned) {
  nn::fan_in_initialise(*net_, seed);
  const torch::NoGradGuard no_grad;
  for (auto& item : net_->named_parameters()) {
    if (item.key().ends_with("gamma")) item.value().fill_(1.0);
  }
}

NamedTensors Vae::named_tensors() const { return nn::named_tensors(*net_); }

Tensor Vae::normalise(const Tensor& latent) const {
  const Tensor x = vae::widened(latent);
  return (x - vae::by_channel(config_.latents_mean, 0, x)) / vae::by_channel(config_.latents_std, 1, x);
}

Tensor Vae::denormalise(const Tensor& latent) const {
  const Tensor x = vae::widened(latent);
  return x * vae::by_channel(config_.latents_std, 1, x) + vae::by_channel(config_.latents_mean, 0, x);
}

Posterior Vae::encode_raw(const Tensor& video, const VaePass& pass, NamedTensors* on_the_way) const {
  vae::expect_clip(video, 3, "clip", "F, H, W");
  const std::int64_t factor = config_.spatial_factor(), group = config_.temporal_factor();
  for (const auto& [name, side] : {std::pair{"height", video.size(3)}, std::pair{"width", video.size(4)}}) {
    if (side % factor == 0) continue;
    throw InputError(fmt::format("{} {} of the clip is no multiple of the autoencoder's {} pixels; use {}", name, side,
                                 factor, std::max<std::int64_t>(1, (side + factor / 2) / factor) * factor));
  }
  const std::int64_t frames = 1 + (video.size(2) - 1) / group * group;
  const std::int64_t step = pass.latent_frames > 0 ? pass.latent_frames * group : frames - 1 + group;
  vae::Trace trace(on_the_way);
  const auto observe = trace.observer();
  const Tensor moments = vae::by_chunks(
      video.narrow(2, 0, frames), 1 + step - group, step,
      [&](const Tensor& part, nn::ConvHistory& history) { return net_->encode(part, history, observe); });
  const auto halves = moments.chunk(2, 1);
  return {halves[0].contiguous(), halves[1].clamp(-30, 20)};
}

Tensor Vae::decode_raw(const Tensor& latent, const VaePass& pass, NamedTensors* on_the_way) const {
  vae::expect_clip(latent, config_.z_dim, "latent", "T, h, w");
  const std::int64_t step = pass.latent_frames > 0 ? pass.latent_frames : latent.size(2);
  vae::Trace trace(on_the_way);
  const auto observe = trace.observer();
  return vae::by_chunks(latent, step, step, [&](const Tensor& part, nn::ConvHistory& history) {
    const Tensor pixels = net_->decode(part, history, observe);
    return pass.clamp ? pixels.clamp(-1, 1) : pixels;
  });
}

Tensor Vae::encode(const Tensor& video) const { return normalise(encode_raw(video).mean); }

Tensor Vae::decode(const Tensor& latent) const { return decode_raw(denormalise(latent)); }

VaeDecodeStream Vae::decode_stream() const {
  return VaeDecodeStream(std::make_shared<VaeDecodeStream::Impl>(*this, net_));
}

}  // namespace flashmotion::wan
