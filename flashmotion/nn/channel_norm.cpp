#include "flashmotion/nn/channel_norm.hpp"

#include "flashmotion/nn/gpu_kernels.hpp"

#include <torch/torch.h>

#include <cmath>
#include <vector>

namespace flashmotion::nn {

ChannelNormImpl::ChannelNormImpl(std::int64_t channels, std::int64_t axes, Storage storage) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(axes) + 1, 1);
  shape[0] = channels;
  gamma = register_parameter("gamma", new_parameter(shape, storage, 1.0), false);
}

// The result before it is rounded to the type of `x`.
torch::Tensor ChannelNormImpl::wide(const torch::Tensor& x) const {
  const torch::Tensor y = at::isReducedFloatingType(x.scalar_type()) ? x.to(torch::kFloat) : x;
  const torch::Tensor length = at::linalg_vector_norm(y, 2, {1}, true).clamp_min(1e-12);
  const torch::Tensor scale = gamma.reshape({-1}).to(y.scalar_type());
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = -1;
  return y * (std::sqrt(static_cast<double>(x.size(1))) / length) * scale.view(shape);
}

torch::Tensor ChannelNormImpl::forward(const torch::Tensor& x) const { return wide(x).to(x.scalar_type()); }

torch::Tensor ChannelNormImpl::silu(const torch::Tensor& x) const { return at::silu(wide(x)).to(x.scalar_type()); }

void ChannelNormImpl::silu_into(const torch::Tensor& x, torch::Tensor out) const {
  if (x.is_cuda()) {
    const torch::Tensor rows = x.contiguous(at::MemoryFormat::ChannelsLast3d);
    if (gpu::channel_norm_silu(rows, gamma.reshape({-1}), out)) return;
  }
  for (std::int64_t t = 0; t < x.size(2); ++t) {
    torch::Tensor frame = wide(x.select(2, t));
    out.select(2, t).copy_(at::silu_(frame));
  }
}

}  // namespace flashmotion::nn
