#pragma once

#include "flashmotion/bench/clip_reader.hpp"
#include "flashmotion/bench/detail/cut_out.hpp"
#include "flashmotion/core/rng.hpp"

#include <array>
#include <vector>

namespace flashmotion::make_bench_detail {

/// How a cut-out is moved in each frame, in pixels of the picture it is pasted on.
struct PieceMotion {
  std::vector<std::array<double, 2>> shift{};
  double bottom = 0;  // lower side of its box in the first frame: what is lower is nearer
};

/// One way to place all pieces; the smaller the score, the better they are seen.
struct Layout {
  std::vector<PieceMotion> motions{};
  double score = 0;
};

/// The scale at which a piece is pasted beside so many objects in all: a share of the picture that is drawn, not much
/// larger than it was, and no frame too large.
[[nodiscard]] double scale_for(const Piece& piece, std::size_t objects, ClipExtent extent, Rng& rng);

/// Ways to place the cut-outs, the best first: starts apart from each other and inside, ways that bend, a start and an
/// end that are even or slow, and beside these the pieces' own motion.
[[nodiscard]] std::vector<Layout> draw_layouts(const std::vector<CutOut>& cuts, ClipExtent extent, Rng& rng);

}  // namespace flashmotion::make_bench_detail
