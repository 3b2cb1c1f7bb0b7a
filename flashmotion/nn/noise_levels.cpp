#include "flashmotion/nn/noise_levels.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {
namespace noise_levels_detail {

// [B, T] from [B, T] or [B, N].
Tensor of_frames(const Tensor& sigma, const Grid& grid) {
  if (sigma.dim() != 2 || (sigma.size(1) != grid.frames && sigma.size(1) != grid.tokens())) {
    throw InputError(fmt::format(
        "the noise levels have shape [{}], but there are {} frames of {} tokens; give one level for each sample [B], "
        "frame [B, {}] or token [B, {}]",
        fmt::join(sigma.sizes(), ", "), grid.frames, grid.height * grid.width, grid.frames, grid.tokens()));
  }
  if (sigma.size(1) == grid.frames) return sigma;
  const Tensor tokens = sigma.unflatten(1, {grid.frames, -1});
  const Tensor first = tokens.narrow(2, 0, 1);
  if (!tokens.equal(first.expand_as(tokens))) {
    throw InputError(
        "the noise levels of tokens differ within a frame; the transformer modulates whole frames, so give the tokens "
        "of a frame one level");
  }
  return first.squeeze(2);
}

}  // namespace noise_levels_detail

NoiseLevels noise_levels(const Tensor& sigma, const Grid& grid) {
  if (sigma.dim() == 1) return {sigma.unsqueeze(1), {}};
  const Tensor frames = noise_levels_detail::of_frames(sigma, grid);
  // To read levels on a GPU is to wait for all that it has been given; to compute with each frame's own costs less.
  if (!sigma.is_cpu()) return {frames, {}};
  // One row a frame, so that equal frames are equal rows.
  const Tensor rows = frames.detach().t().to(torch::kFloat64).contiguous();
  std::vector<std::int64_t> firsts;
  std::vector<std::int64_t> places;
  for (std::int64_t frame = 0; frame < grid.frames; ++frame) {
    std::size_t place = 0;
    while (place < firsts.size() && !rows[firsts[place]].equal(rows[frame])) ++place;
    if (place == firsts.size()) firsts.push_back(frame);
    places.push_back(static_cast<std::int64_t>(place));
  }
  if (firsts.size() == 1) return {frames.narrow(1, 0, 1), {}};
  return {frames.index_select(1, torch::tensor(firsts, torch::kLong)), torch::tensor(places, torch::kLong)};
}

std::vector<Tensor> by_frame(const Tensor& table, const Tensor& level_of_frame) {
  const Tensor frames = level_of_frame.defined() ? table.index_select(1, level_of_frame) : table;
  return frames.unsqueeze(2).unbind(3);
}

}  // namespace flashmotion::nn
