#include "flashmotion/wan/tiled_decode.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>

namespace flashmotion::wan {
namespace tiled_decode_detail {

constexpr std::int64_t kLeast = 8;  // cells of a tile's side

std::int64_t fade_of(std::int64_t tile) { return (tile + 3) / 4; }

}  // namespace tiled_decode_detail

TileAxis::TileAxis(std::int64_t cells, std::int64_t tile)
    : length_(std::min(cells, tile)), fade_(tiled_decode_detail::fade_of(tile)) {
  const std::int64_t rest = cells - length_, step = std::max<std::int64_t>(1, tile - fade_);
  const std::int64_t steps = (rest + step - 1) / step;
  for (std::int64_t i = 0; i <= steps; ++i) begins_.push_back(steps == 0 ? 0 : (i * rest + steps / 2) / steps);
}

// The middle of what pieces i and i + 1 both have, in cells.
double TileAxis::seam(std::size_t i) const { return 0.5 * static_cast<double>(begins_[i] + length_ + begins_[i + 1]); }

Tensor TileAxis::shares(std::size_t i, std::int64_t factor) const {
  const auto places = torch::arange(length_ * factor, torch::kDouble) + 0.5 +
                      static_cast<double>(begins_[i] * factor);  // centres, in pixels of the clip
  // From 0 to 1 around a seam.
  const auto rise = [&](double seam) {
    const auto width = static_cast<double>(fade_ * factor);
    return ((places - seam * static_cast<double>(factor)) / width + 0.5).clamp(0.0, 1.0).to(torch::kFloat);
  };
  Tensor shares = torch::ones({length_ * factor});
  if (i > 0) shares = rise(seam(i - 1));
  if (i + 1 < begins_.size()) shares = shares * (1.0 - rise(seam(i)));
  return shares;
}

void check_tile(std::int64_t pixels, const VaeConfig& config) {
  using tiled_decode_detail::kLeast;
  const std::int64_t factor = config.spatial_factor();
  if (pixels == 0 || (pixels >= kLeast * factor && pixels % factor == 0)) return;
  const std::int64_t nearest = std::max(kLeast, (pixels + factor / 2) / factor) * factor;
  throw InputError(
      fmt::format("tiles of {} pixels do not fit the autoencoder: sides are multiples of {}, {} at least; use {}, or 0 "
                  "for whole frames",
                  pixels, factor, kLeast * factor, nearest));
}

std::int64_t tile_count(const Tensor& latent, std::int64_t pixels, const VaeConfig& config) {
  if (pixels == 0) return 1;
  const std::int64_t tile = pixels / config.spatial_factor();
  return static_cast<std::int64_t>(TileAxis(latent.size(3), tile).begins().size() *
                                   TileAxis(latent.size(4), tile).begins().size());
}

Tensor decode_in_tiles(const Vae& vae, const Tensor& latent, std::int64_t pixels, const c10::Device& device,
                       const std::function<void()>& advance) {
  const VaeConfig& config = vae.config();
  check_tile(pixels, config);
  if (latent.dim() != 5 || latent.numel() == 0)
    throw ShapeError(fmt::format("a latent with {} axes cannot be decoded; give [B, C, T, h, w]", latent.dim()));
  const torch::NoGradGuard no_grad;
  const std::int64_t factor = config.spatial_factor(), group = config.temporal_factor();
  const std::int64_t tile = pixels == 0 ? std::max(latent.size(3), latent.size(4)) : pixels / factor;
  const TileAxis rows(latent.size(3), tile), columns(latent.size(4), tile);
  Tensor clip = torch::zeros(
      {latent.size(0), 3, 1 + group * (latent.size(2) - 1), latent.size(3) * factor, latent.size(4) * factor});
  for (std::size_t r = 0; r < rows.begins().size(); ++r) {
    for (std::size_t c = 0; c < columns.begins().size(); ++c) {
      const Tensor part =
          latent.narrow(3, rows.begins()[r], rows.length()).narrow(4, columns.begins()[c], columns.length());
      Tensor place = clip.narrow(3, rows.begins()[r] * factor, rows.length() * factor)
                         .narrow(4, columns.begins()[c] * factor, columns.length() * factor);
      const Tensor shares =
          (rows.shares(r, factor).unsqueeze(1) * columns.shares(c, factor)).to(device);  // [H, W] of the tile
      VaeDecodeStream stream = vae.decode_stream();
      for (std::int64_t t = 0, frame = 0; t < part.size(2); ++t) {
        const Tensor made = stream.push(part.narrow(2, t, 1).to(device)).mul(shares).to(torch::kCPU);
        place.narrow(2, frame, made.size(2)).add_(made);
        frame += made.size(2);
        advance();
      }
    }
  }
  return clip;
}

}  // namespace flashmotion::wan
