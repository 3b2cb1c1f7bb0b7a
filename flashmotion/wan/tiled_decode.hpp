#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/wan/vae.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <vector>

// Decoding of a clip in tiles, which takes the memory of a tile in place of that of a frame. It is not exact: near its
// border a tile does not see what lies beyond, and the attention in the middle of the decoder sees the tile alone.

namespace flashmotion::wan {

/// An axis of the latent, cut into pieces of one length, spread evenly, each over its neighbour by a quarter of its
/// length at least.
class FLASHMOTION_EXPORT TileAxis {
 public:
  /// `cells` of the latent, pieces of `tile` cells; one piece where these are no fewer.
  TileAxis(std::int64_t cells, std::int64_t tile);

  [[nodiscard]] std::int64_t length() const { return length_; }  // cells of a piece
  [[nodiscard]] const std::vector<std::int64_t>& begins() const { return begins_; }
  /// Shares of piece `i` in its own pixels, `factor` a cell: float32 [length * factor]. From a piece to the next they
  /// fall and rise linearly over a quarter of a piece, around the middle of what both have; all sum to 1.
  [[nodiscard]] Tensor shares(std::size_t i, std::int64_t factor) const;

 private:
  [[nodiscard]] double seam(std::size_t i) const;

  std::int64_t length_, fade_;
  std::vector<std::int64_t> begins_;
};

/// Throws InputError, which offers the nearest legal number, unless tiles may have sides of so many pixels: multiples
/// of the factor in space, eight of these at least. 0, which stands for whole frames, is legal.
FLASHMOTION_EXPORT void check_tile(std::int64_t pixels, const VaeConfig& config);

/// Tiles that a latent [B, C, T, h, w] is cut into by tiles of `pixels`; 1 where these are 0.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t tile_count(const Tensor& latent, std::int64_t pixels,
                                                         const VaeConfig& config);

/// Latents [B, C, T, h, w], as `Vae::encode` gives them, to pixels [B, 3, F, H, W] in [-1, 1] on the CPU, a tile after
/// the other and each of them a latent frame at a time, so that what the layers remember is that of one tile. The
/// network computes on `device`. `advance` is called after each latent frame of each tile; what it throws goes through.
/// Throws ShapeError, and InputError as `check_tile`.
[[nodiscard]] FLASHMOTION_EXPORT Tensor decode_in_tiles(const Vae& vae, const Tensor& latent, std::int64_t pixels,
                                                        const c10::Device& device,
                                                        const std::function<void()>& advance);

}  // namespace flashmotion::wan
