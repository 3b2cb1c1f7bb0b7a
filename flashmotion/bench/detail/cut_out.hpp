#pragma once

#include "flashmotion/bench/clip_reader.hpp"
#include "flashmotion/core/tensor.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion::make_bench_detail {

/// Labels of a clip that are cut out as one object: those that touch each other in most frames are one (a rider and a
/// horse).
struct Piece {
  std::size_t clip = 0;  // place in the stock
  std::string name{};
  std::vector<std::uint8_t> labels{};
  std::vector<std::array<std::int64_t, 4>> boxes{};  // by frame, pixels
  std::vector<std::int64_t> areas{};                 // by frame, pixels
  bool whole = true;                                 // seldom cut off by the picture's border
};

/// The objects of a clip that can be cut out: seen in all of the first `frames` frames, of a fair size in the first
/// one and not many times larger or smaller later.
[[nodiscard]] std::vector<Piece> pieces_of(const ClipSurvey& clip, std::size_t place, ClipExtent extent,
                                           std::int64_t frames);

/// A piece in one frame: red, green and blue times alpha, and alpha, uint8 [4, h, w]; its corner in the scaled picture.
struct Patch {
  Tensor pixels;
  std::int64_t x = 0;
  std::int64_t y = 0;
};

/// A piece at a scale, frame by frame, with soft edges.
struct CutOut {
  const Piece* piece = nullptr;
  double scale_x = 1;  // of the scaled picture against the clip's; nearly the same as `scale_y`
  double scale_y = 1;
  std::vector<Patch> patches{};
};

/// Cuts a piece out of its clip, each picture of which is scaled as a whole, so that nothing trembles.
[[nodiscard]] CutOut cut_out(const Piece& piece, const ClipSurvey& clip, ClipExtent extent, std::int64_t frames,
                             double scale);

/// Puts a patch, moved by (x, y) pixels, over `picture_` float [3, H, W] in [0, 255]; where its alpha is a half or more
/// `labels_` uint8 [H, W] becomes `label`. Returns how many pixels that were; what is outside is cut off.
std::int64_t paste_(Tensor& picture_, Tensor& labels_, const Patch& patch, double x, double y, std::uint8_t label);

}  // namespace flashmotion::make_bench_detail
