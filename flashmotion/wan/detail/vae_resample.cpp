#include "flashmotion/wan/detail/vae_resample.hpp"

#include "flashmotion/nn/convolve.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace flashmotion::wan::vae_detail {

DownsampleImpl::DownsampleImpl(std::int64_t channels, bool temporal, nn::Storage storage)
    : conv_(channels, channels, 3, storage) {
  register_module("resample", std::make_shared<Folder>())->add(1, conv_);
  if (temporal) time_conv_ = register_module("time_conv", nn::CausalConv3d(channels, channels, 3, 1, storage));
}

torch::Tensor DownsampleImpl::forward(const torch::Tensor& x, nn::ConvHistory& history) const {
  const torch::Tensor frames = at::constant_pad_nd(to_frames(x), {0, 1, 0, 1});
  const torch::Tensor y = to_clip(conv_->forward(frames, 2), x.size(0));
  return time_conv_.is_empty() ? y : halve_time(y, history);
}

torch::Tensor DownsampleImpl::halve_time(const torch::Tensor& x, nn::ConvHistory& history) const {
  torch::Tensor& kept = history.frames_of(time_conv_.get());
  const torch::Tensor before = std::exchange(kept, torch::Tensor());
  const std::int64_t frames = x.size(2);
  if (!history.last()) kept = x.narrow(2, frames - 1, 1).clone();
  const auto pairs = [&](const torch::Tensor& all) {
    return nn::convolve(all, time_conv_->weight, time_conv_->bias, 2);
  };
  if (!history.first()) return pairs(at::cat({before, x}, 2));
  return frames == 1 ? x : at::cat({x.narrow(2, 0, 1), pairs(x)}, 2);
}

UpsampleImpl::UpsampleImpl(std::int64_t in, std::int64_t out, bool temporal, nn::Storage storage)
    : conv_(in, out, 3, storage) {
  register_module("resample", std::make_shared<Folder>())->add(1, conv_);
  if (temporal) time_conv_ = register_module("time_conv", nn::CausalConv3d(in, 2 * in, 3, 1, storage));
}

torch::Tensor UpsampleImpl::forward(const torch::Tensor& x, nn::ConvHistory& history) const {
  return to_clip(double_space(to_frames(time_conv_.is_empty() ? x : double_time(x, history))), x.size(0));
}

// Frame 0 is neither doubled nor history of what follows.
torch::Tensor UpsampleImpl::double_time(const torch::Tensor& x, nn::ConvHistory& history) const {
  const std::int64_t single = history.first() ? 1 : 0, rest = x.size(2) - single;
  if (rest == 0) return x;
  const torch::Tensor both = time_conv_->forward(x.narrow(2, single, rest), history);  // halves: even and odd frames
  const torch::Tensor doubled = both.unflatten(1, {2, x.size(1)}).permute({0, 2, 3, 1, 4, 5}).flatten(2, 3);
  return single == 0 ? doubled : at::cat({x.narrow(2, 0, 1), doubled}, 2);
}

// Each pixel of the result sees two rows and two columns of the small frame, since its three taps meet doubled pixels:
// four convolutions with summed kernels do the work of one at the doubled size in four ninths of the products.
torch::Tensor UpsampleImpl::double_space(const torch::Tensor& frames) const {
  const torch::Tensor& weight = conv_->weight;
  const std::int64_t rows = frames.size(2), columns = frames.size(3), out = weight.size(0);
  if (nn::needs_graph(frames, weight)) {
    const torch::Tensor large = frames.repeat_interleave(2, 2).repeat_interleave(2, 3);
    return at::conv2d(large, weight, conv_->bias, 1, 1);
  }
  const torch::Tensor input = at::constant_pad_nd(frames, {1, 1, 1, 1});
  torch::Tensor result = at::empty({frames.size(0), out, 2 * rows, 2 * columns},
                                   frames.options().memory_format(at::MemoryFormat::ChannelsLast));
  // Of three taps, those of the even pixel: one on the pixel before, two on its own; of the odd one the reverse.
  const auto summed = [](const torch::Tensor& w, std::int64_t axis, std::int64_t odd) {
    const torch::Tensor pair = w.narrow(axis, 1 - odd, 2).sum(axis, true);
    const torch::Tensor one = w.narrow(axis, odd == 0 ? 0 : 2, 1);
    return odd == 0 ? at::cat({one, pair}, axis) : at::cat({pair, one}, axis);
  };
  for (const std::int64_t r : {0, 1}) {
    const torch::Tensor by_row = summed(weight, 2, r);
    for (const std::int64_t c : {0, 1}) {
      const torch::Tensor part = input.narrow(2, r, rows + 1).narrow(3, c, columns + 1);
      result.slice(2, r, {}, 2).slice(3, c, {}, 2).copy_(nn::convolve(part, summed(by_row, 3, c), conv_->bias));
    }
  }
  return result;
}

torch::Tensor average_down(const torch::Tensor& x, std::int64_t channels, std::int64_t time, std::int64_t space) {
  const torch::Tensor even = at::constant_pad_nd(x, {0, 0, 0, 0, (time - x.size(2) % time) % time, 0});
  const std::int64_t clips = x.size(0), frames = even.size(2) / time;
  const std::int64_t rows = x.size(3) / space, columns = x.size(4) / space;
  return even.reshape({clips, x.size(1), frames, time, rows, space, columns, space})
      .permute({0, 1, 3, 5, 7, 2, 4, 6})
      .reshape({clips, channels, -1, frames, rows, columns})
      .mean(2);
}

torch::Tensor add_spread_(torch::Tensor y, const torch::Tensor& x, std::int64_t time, bool first) {
  const std::int64_t rows = x.size(3), columns = x.size(4), out = y.size(1);
  // A channel of `y` takes so many of `x`, which go to the cells' frames, then rows, then columns; the axes that are
  // left without a channel of their own repeat.
  std::int64_t left = x.size(1) / out;
  std::array<std::int64_t, 3> cell{};
  for (std::size_t i = 0; const std::int64_t extent : {time, std::int64_t{2}, std::int64_t{2}}) {
    cell[i] = std::min(left, extent);
    left /= cell[i++];
  }
  const auto spread = [&](const torch::Tensor& from, std::int64_t begin, std::int64_t copies) {
    // [B, out, t, r, c, T, H, W] to [B, out, T, t, H, r, W, c]
    const torch::Tensor cells = from.unflatten(1, {out, cell[0], cell[1], cell[2]})
                                    .narrow(2, cell[0] == 1 ? 0 : begin, std::min(copies, cell[0]))
                                    .permute({0, 1, 5, 2, 6, 3, 7, 4});
    return cells.expand({from.size(0), out, from.size(2), copies, rows, 2, columns, 2});
  };
  const auto target = [&](std::int64_t begin, std::int64_t frames, std::int64_t copies) {
    return y.narrow(2, begin, frames * copies)
        .unflatten(4, {columns, 2})
        .unflatten(3, {rows, 2})
        .unflatten(2, {frames, copies});
  };
  const std::int64_t single = first ? 1 : 0, rest = x.size(2) - single;
  if (first) target(0, 1, 1).add_(spread(x.narrow(2, 0, 1), time - 1, 1));
  if (rest > 0) target(single, rest, time).add_(spread(x.narrow(2, single, rest), 0, time));
  return y;
}

}  // namespace flashmotion::wan::vae_detail
