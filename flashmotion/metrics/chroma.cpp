#include "flashmotion/metrics/chroma.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

#include <limits>

namespace flashmotion {
namespace chroma {

constexpr double kTie = 1e-5;  // two products of one colour may differ in their last bits

// Unit directions of colours' chroma, [..., 3].
Tensor directions(const Tensor& colours) {
  const auto chroma = colours - colours.mean(-1, /*keepdim=*/true);
  return chroma / chroma.norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-6);
}

}  // namespace chroma

ChromaScores chroma_scores(const Tensor& video, const ClipBatch& objects, const Tensor& palette) {
  if (video.dim() != 5 || video.size(1) != 3 || video.size(0) != objects.valid.size(0)) {
    throw ShapeError(fmt::format("video with {} axes and {} clips does not fit {} clips' objects; give [B, 3, F, H, W]",
                                 video.dim(), video.size(0), objects.valid.size(0)));
  }
  const auto clips = video.size(0), count = objects.valid.size(1);
  const auto rgb = (video.detach().to(at::kFloat) + 1) / 2;
  const auto pixels = (rgb - rgb.mean(1, /*keepdim=*/true)).flatten(2);  // [B, 3, FHW]
  const auto own = at::matmul(chroma::directions(objects.colours), pixels);
  Tensor best;
  if (palette.defined()) {
    best = at::matmul(chroma::directions(palette), pixels).amax(1, /*keepdim=*/true);
  } else {
    const auto absent = objects.valid.logical_not().unsqueeze(-1);
    best = own.masked_fill(absent, -std::numeric_limits<float>::infinity()).amax(1, /*keepdim=*/true);
  }
  const auto shaped = [&](const Tensor& flat, std::int64_t channels) {
    return flat.reshape({clips, channels, video.size(2), video.size(3), video.size(4)});
  };
  return {shaped(own, count), shaped(pixels.norm(2, {1}, /*keepdim=*/true), 1),
          shaped((own >= best - chroma::kTie) & objects.valid.unsqueeze(-1), count)};
}

}  // namespace flashmotion
