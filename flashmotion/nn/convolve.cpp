#include "flashmotion/nn/convolve.hpp"

#include <torch/torch.h>

#include <algorithm>

namespace flashmotion::nn {
namespace convolve_detail {

// Buffers below this size stay in the allocator's heap; above it each is fetched from the system and filled page by
// page, which takes longer than many a convolution.
constexpr std::int64_t kSliceBytes = std::int64_t{28} * 1024 * 1024;

Tensor run(const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t stride) {
  if (x.dim() == 4) return at::conv2d(x, weight, bias, stride);
  return at::conv3d(x, weight, bias, {stride, 1, 1});
}

std::int64_t bytes(const Tensor& x) { return x.numel() * static_cast<std::int64_t>(x.element_size()); }

}  // namespace convolve_detail

bool needs_graph(const Tensor& x, const Tensor& weight) {
  return at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
}

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t stride) {
  using convolve_detail::bytes, convolve_detail::kSliceBytes, convolve_detail::run;
  if (needs_graph(x, weight)) return run(x, weight, bias, stride);
  const auto last = x.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
  if (!x.is_cpu()) return run(x.contiguous(last), weight.contiguous(last), bias, stride);
  // Channels last spares reordering the pixels, the plain layout the kernel: the smaller one is reordered.
  const Tensor input = x.contiguous(x.numel() < weight.numel() ? at::MemoryFormat::Contiguous : last);
  const std::int64_t slices = (bytes(weight) + kSliceBytes - 1) / kSliceBytes;
  if (slices == 1) return run(input, weight, bias, stride).contiguous(last);
  const std::int64_t out = weight.size(0), step = (out + slices - 1) / slices;
  Tensor result;
  for (std::int64_t begin = 0; begin < out; begin += step) {
    const std::int64_t count = std::min(step, out - begin);
    const Tensor part =
        run(input, weight.narrow(0, begin, count), bias.defined() ? bias.narrow(0, begin, count) : bias, stride);
    if (!result.defined()) {
      auto shape = part.sizes().vec();
      shape[1] = out;
      result = at::empty(shape, part.options().memory_format(last));
    }
    result.narrow(1, begin, count).copy_(part);
  }
  return result;
}

}  // namespace flashmotion::nn
