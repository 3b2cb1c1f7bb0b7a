#include "flashmotion/nn/causal_conv3d.hpp"

#include "flashmotion/nn/convolve.hpp"

#include <torch/torch.h>

#include <algorithm>

namespace flashmotion::nn {
namespace causal_conv3d {

// Copies with the layout that the convolution wants, zeros around and in front, activation on the way.
Tensor padded(const Tensor& kept, const Tensor& x, const ChannelNormImpl* norm, std::int64_t zeros,
              std::int64_t border) {
  const std::int64_t have = kept.defined() ? kept.size(2) : 0;
  const std::int64_t frames = x.size(2), rows = x.size(3), columns = x.size(4);
  Tensor buffer = at::empty({x.size(0), x.size(1), zeros + have + frames, rows + 2 * border, columns + 2 * border},
                            x.options().memory_format(at::MemoryFormat::ChannelsLast3d));
  if (border > 0) {
    for (const std::int64_t axis : {3, 4}) {
      buffer.narrow(axis, 0, border).zero_();
      buffer.narrow(axis, buffer.size(axis) - border, border).zero_();
    }
  }
  const Tensor inner = buffer.narrow(3, border, rows).narrow(4, border, columns);
  if (zeros > 0) inner.narrow(2, 0, zeros).zero_();
  if (have > 0) inner.narrow(2, zeros, have).copy_(kept);
  const Tensor place = inner.narrow(2, zeros + have, frames);
  if (norm != nullptr) {
    norm->silu_into(x, place);
  } else {
    place.copy_(x);
  }
  return buffer;
}

}  // namespace causal_conv3d

CausalConv3dImpl::CausalConv3dImpl(std::int64_t in, std::int64_t out, std::int64_t time, std::int64_t space,
                                   Storage storage) {
  weight = register_parameter("weight", new_parameter({out, in, time, space, space}, storage), false);
  bias = register_parameter("bias", new_parameter({out}, storage), false);
}

torch::Tensor CausalConv3dImpl::forward(const torch::Tensor& x, ConvHistory& history) const {
  return run(x, nullptr, history);
}

torch::Tensor CausalConv3dImpl::after_norm(const ChannelNorm& norm, const torch::Tensor& x,
                                           ConvHistory& history) const {
  return run(x, norm.get(), history);
}

torch::Tensor CausalConv3dImpl::run(const torch::Tensor& x, const ChannelNormImpl* norm, ConvHistory& history) const {
  const std::int64_t span = weight.size(2) - 1, border = weight.size(3) / 2, frames = x.size(2);
  if (span == 0 && border == 0 && norm == nullptr) return convolve(x, weight, bias);
  Tensor none;
  Tensor& kept = span > 0 ? history.frames_of(this) : none;
  const std::int64_t have = kept.defined() ? kept.size(2) : 0;
  // Taps that would see nothing but the zeros before the clip are left out.
  const std::int64_t taps = std::min(span + 1, have + frames);
  const std::int64_t zeros = taps - 1 - have;

  Tensor input;  // [B, in, zeros + have + T, H + 2 border, W + 2 border]
  if (needs_graph(x, weight)) {
    const Tensor active = norm != nullptr ? norm->silu(x) : x;
    input =
        at::constant_pad_nd(have > 0 ? at::cat({kept, active}, 2) : active, {border, border, border, border, zeros, 0});
  } else {
    input = causal_conv3d::padded(kept, x, norm, zeros, border);
  }
  kept.reset();
  if (span > 0 && !history.last()) {
    const std::int64_t keep = std::min(span, have + frames);
    kept =
        input.narrow(2, input.size(2) - keep, keep).narrow(3, border, x.size(3)).narrow(4, border, x.size(4)).clone();
  }
  return convolve(input, weight.narrow(2, span + 1 - taps, taps), bias);
}

}  // namespace flashmotion::nn
