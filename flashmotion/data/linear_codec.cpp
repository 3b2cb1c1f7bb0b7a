#include "flashmotion/data/linear_codec.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace flashmotion {
namespace linear_codec {

constexpr std::int64_t kMaxRows = 65536;  // more patches change the components no more
constexpr double kSmallestSpread = 0.02;  // of the largest: below it a channel is noise and is not blown up
constexpr double kSmallestVariance = 1e-8;

// Nearest legal values on both sides, for messages.
std::string nearest(std::int64_t value, std::int64_t step, std::int64_t offset) {
  const auto below = (value - offset) / step * step + offset;
  return below < std::max<std::int64_t>(offset, 1) ? fmt::format("{}", below + step)
                                                   : fmt::format("{} or {}", below, below + step);
}

void expect_extent(std::int64_t frames, std::int64_t height, std::int64_t width, std::int64_t patch,
                   std::int64_t group) {
  if (frames < 1 || (frames - 1) % group != 0) {
    throw InputError(fmt::format("clip of {} frames does not fit the codec, which takes 1 + {}k frames; use {}", frames,
                                 group, frames < 1 ? "1" : nearest(frames, group, 1)));
  }
  for (const auto& [name, side] : {std::pair{"height", height}, std::pair{"width", width}}) {
    if (side < patch || side % patch != 0) {
      throw InputError(fmt::format("{} {} of the clip is no multiple of the codec's patch of {} pixels; use {}", name,
                                   side, patch, nearest(side, patch, 0)));
    }
  }
}

// [B, 3, t * group, H, W] to [B, t, H / patch, W / patch, N].
Tensor to_patches(const Tensor& video, std::int64_t group, std::int64_t patch) {
  const auto clips = video.size(0), groups = video.size(2) / group;
  const auto rows = video.size(3) / patch, columns = video.size(4) / patch;
  return video.reshape({clips, 3, groups, group, rows, patch, columns, patch})
      .permute({0, 2, 4, 6, 1, 3, 5, 7})
      .reshape({clips, groups, rows, columns, 3 * group * patch * patch});
}

Tensor from_patches(const Tensor& patches, std::int64_t group, std::int64_t patch) {
  const auto clips = patches.size(0), groups = patches.size(1), rows = patches.size(2), columns = patches.size(3);
  return patches.reshape({clips, groups, rows, columns, 3, group, patch, patch})
      .permute({0, 4, 1, 5, 2, 6, 3, 7})
      .reshape({clips, 3, groups * group, rows * patch, columns * patch});
}

LinearCodec::Basis fit_basis(const Tensor& patches, std::int64_t channels, double power) {
  auto rows = patches.reshape({-1, patches.size(-1)});
  if (rows.size(0) < rows.size(1)) {
    throw InputError(
        fmt::format("the codec has {} patches to fit {} numbers each; give more clips", rows.size(0), rows.size(1)));
  }
  rows = rows.slice(0, 0, rows.size(0), (rows.size(0) + kMaxRows - 1) / kMaxRows).to(at::kDouble);
  const auto mean = rows.mean(0);
  const auto centred = rows - mean;
  const auto covariance = at::matmul(centred.t(), centred) / static_cast<double>(centred.size(0));
  const auto [values, vectors] = at::linalg_eigh(covariance);  // rising
  const auto variance = values.flip(0).slice(0, 0, channels).clamp_min(kSmallestVariance);
  auto components = vectors.flip(1).slice(1, 0, channels);
  const auto peak = components.gather(0, components.abs().argmax(0, /*keepdim=*/true));
  components = components * at::where(peak < 0, -at::ones_like(peak), at::ones_like(peak));
  const auto spread = variance.sqrt();
  auto scale = at::maximum(spread, kSmallestSpread * spread[0]).pow(power);
  scale = scale * (spread / scale).square().mean().sqrt();
  return {mean.to(at::kFloat), components.to(at::kFloat).contiguous(), scale.to(at::kFloat)};
}

Tensor project(const Tensor& patches, const LinearCodec::Basis& basis) {
  const auto options = patches.options();
  return at::matmul(patches - basis.mean.to(options), basis.components.to(options)) / basis.scale.to(options);
}

Tensor restore(const Tensor& coefficients, const LinearCodec::Basis& basis) {
  const auto options = coefficients.options();
  return at::matmul(coefficients * basis.scale.to(options), basis.components.to(options).t()) + basis.mean.to(options);
}

Tensor find(const NamedTensors& tensors, const std::string& name, std::int64_t rank) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const auto& entry) { return entry.name == name; });
  if (found == tensors.end()) {
    throw InputError(fmt::format("tensor '{}' of the codec is missing; give a file that holds a whole codec", name));
  }
  if (found->tensor.dim() != rank) {
    throw InputError(fmt::format("tensor '{}' of the codec has {} axes, not {}; give a file that this program wrote",
                                 name, found->tensor.dim(), rank));
  }
  return found->tensor.to(at::kFloat).contiguous();
}

LinearCodec::Basis find_basis(const NamedTensors& tensors, const std::string& kind) {
  LinearCodec::Basis basis{find(tensors, kind + ".mean", 1), find(tensors, kind + ".components", 2),
                           find(tensors, kind + ".scale", 1)};
  if (basis.components.size(0) != basis.mean.size(0) || basis.components.size(1) != basis.scale.size(0)) {
    throw InputError(fmt::format(
        "tensors '{0}.mean', '{0}.components' and '{0}.scale' of the codec do not fit together; give a file that this "
        "program wrote",
        kind));
  }
  return basis;
}

}  // namespace linear_codec

LinearCodec::LinearCodec(Basis first, Basis rest) : first_(std::move(first)), rest_(std::move(rest)) {
  channels_ = first_.scale.size(0);
  patch_ = std::llround(std::sqrt(static_cast<double>(first_.mean.size(0)) / 3));
  group_ = rest_.mean.size(0) / std::max<std::int64_t>(first_.mean.size(0), 1);
  if (patch_ < 1 || 3 * patch_ * patch_ != first_.mean.size(0) || group_ < 1 ||
      group_ * first_.mean.size(0) != rest_.mean.size(0) || rest_.scale.size(0) != channels_) {
    throw InputError(fmt::format(
        "bases of the codec do not fit together: {} numbers a patch of the first frame, {} a patch of a group, {} and "
        "{} channels; give a file that this program wrote",
        first_.mean.size(0), rest_.mean.size(0), channels_, rest_.scale.size(0)));
  }
}

LinearCodec::LinearCodec(const NamedTensors& tensors)
    : LinearCodec(linear_codec::find_basis(tensors, "first"), linear_codec::find_basis(tensors, "rest")) {}

LinearCodec LinearCodec::fit(const Tensor& video, const LinearCodecConfig& config) {
  if (config.patch < 1 || config.group < 1) {
    throw InputError(fmt::format("patch {} and group {} of the codec must be 1 or more", config.patch, config.group));
  }
  if (config.channels < 1 || config.channels > 3 * config.patch * config.patch) {
    throw InputError(fmt::format("channels of the codec are {}; a patch of {} pixels allows 1 to {}", config.channels,
                                 config.patch, 3 * config.patch * config.patch));
  }
  if (video.dim() != 5 || video.size(1) != 3) {
    throw ShapeError(fmt::format("clips for the codec have {} axes; give [B, 3, F, H, W]", video.dim()));
  }
  linear_codec::expect_extent(video.size(2), video.size(3), video.size(4), config.patch, config.group);
  if (video.size(2) == 1) throw InputError("clips for the codec have one frame; give clips with at least one group");
  const at::NoGradGuard no_grad;
  const auto first = linear_codec::to_patches(video.slice(2, 0, 1), 1, config.patch);
  const auto rest = linear_codec::to_patches(video.slice(2, 1), config.group, config.patch);
  return {linear_codec::fit_basis(first, config.channels, config.power),
          linear_codec::fit_basis(rest, config.channels, config.power)};
}

Tensor LinearCodec::encode(const Tensor& video) const {
  if (video.dim() != 5 || video.size(1) != 3) {
    throw ShapeError(fmt::format("clip for the codec has {} axes; give [B, 3, F, H, W]", video.dim()));
  }
  linear_codec::expect_extent(video.size(2), video.size(3), video.size(4), patch_, group_);
  auto latent = linear_codec::project(linear_codec::to_patches(video.slice(2, 0, 1), 1, patch_), first_);
  if (video.size(2) > 1) {
    const auto rest = linear_codec::project(linear_codec::to_patches(video.slice(2, 1), group_, patch_), rest_);
    latent = at::cat({latent, rest}, 1);
  }
  return latent.permute({0, 4, 1, 2, 3}).contiguous();
}

Tensor LinearCodec::decode(const Tensor& latent) const {
  if (latent.dim() != 5 || latent.size(1) != channels_ || latent.size(2) < 1) {
    throw ShapeError(fmt::format("latent for the codec has {} axes and {} channels; give [B, {}, T, h, w]",
                                 latent.dim(), latent.dim() > 1 ? latent.size(1) : 0, channels_));
  }
  const auto last = latent.permute({0, 2, 3, 4, 1});
  auto first = linear_codec::from_patches(linear_codec::restore(last.slice(1, 0, 1), first_), 1, patch_);
  if (latent.size(2) == 1) return first;
  const auto rest = linear_codec::from_patches(linear_codec::restore(last.slice(1, 1), rest_), group_, patch_);
  return at::cat({first, rest}, 2);
}

std::array<std::int64_t, 4> LinearCodec::latent_shape(const ClipSpec& clip) const {
  linear_codec::expect_extent(clip.frames, clip.height, clip.width, patch_, group_);
  return {channels_, 1 + (clip.frames - 1) / group_, clip.height / patch_, clip.width / patch_};
}

NamedTensors LinearCodec::named_tensors() const {
  return {{"first.mean", first_.mean}, {"first.components", first_.components}, {"first.scale", first_.scale},
          {"rest.mean", rest_.mean},   {"rest.components", rest_.components},   {"rest.scale", rest_.scale}};
}

}  // namespace flashmotion
