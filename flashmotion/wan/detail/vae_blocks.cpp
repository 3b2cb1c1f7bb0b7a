#include "flashmotion/wan/detail/vae_blocks.hpp"

#include "flashmotion/nn/convolve.hpp"

namespace flashmotion::wan::vae_detail {

FrameConvImpl::FrameConvImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, nn::Storage storage) {
  weight = register_parameter("weight", nn::new_parameter({out, in, kernel, kernel}, storage), false);
  bias = register_parameter("bias", nn::new_parameter({out}, storage), false);
}

torch::Tensor FrameConvImpl::forward(const torch::Tensor& x, std::int64_t stride) const {
  return nn::convolve(x, weight, bias, stride);
}

torch::Tensor to_frames(const torch::Tensor& clip) { return clip.transpose(1, 2).flatten(0, 1); }

torch::Tensor to_clip(const torch::Tensor& frames, std::int64_t clips) {
  return frames.unflatten(0, {clips, -1}).transpose(1, 2);
}

torch::Tensor add_to_(torch::Tensor x, const torch::Tensor& y) {
  if (at::GradMode::is_enabled() && (x.requires_grad() || y.requires_grad())) return x + y;
  return x.add_(y);
}

ResidualBlockImpl::ResidualBlockImpl(std::int64_t in, std::int64_t out, nn::Storage storage)
    : norm1_(in, 3, storage), norm2_(out, 3, storage), conv1_(in, out, 3, 3, storage), conv2_(out, out, 3, 3, storage) {
  const auto residual = register_module("residual", std::make_shared<Folder>());
  residual->add(0, norm1_);
  residual->add(2, conv1_);
  residual->add(3, norm2_);
  residual->add(6, conv2_);
  if (in != out) shortcut_ = register_module("shortcut", nn::CausalConv3d(in, out, 1, 1, storage));
}

torch::Tensor ResidualBlockImpl::forward(const torch::Tensor& x, nn::ConvHistory& history) const {
  torch::Tensor y = conv1_->after_norm(norm1_, x, history);
  y = conv2_->after_norm(norm2_, y, history);
  return add_to_(std::move(y), shortcut_.is_empty() ? x : shortcut_->forward(x, history));
}

AttentionBlockImpl::AttentionBlockImpl(std::int64_t channels, nn::Storage storage)
    : norm_(channels, 2, storage), to_qkv_(channels, 3 * channels, 1, storage), proj_(channels, channels, 1, storage) {
  register_module("norm", norm_);
  register_module("to_qkv", to_qkv_);
  register_module("proj", proj_);
}

torch::Tensor AttentionBlockImpl::forward(const torch::Tensor& x) const {
  const torch::Tensor frames = to_frames(x);
  const auto qkv =
      to_qkv_->forward(norm_->forward(frames)).flatten(2).transpose(1, 2).unsqueeze(1).chunk(3, -1);  // [N, 1, H W, C]
  const torch::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);
  const torch::Tensor y = proj_->forward(mixed.squeeze(1).transpose(1, 2).unflatten(2, {x.size(3), x.size(4)}));
  return add_to_(to_clip(y, x.size(0)), x);
}

MiddleImpl::MiddleImpl(std::int64_t channels, nn::Storage storage)
    : before_(channels, channels, storage), attention_(channels, storage), after_(channels, channels, storage) {
  register_module("0", before_);
  register_module("1", attention_);
  register_module("2", after_);
}

torch::Tensor MiddleImpl::forward(const torch::Tensor& x, nn::ConvHistory& history) const {
  return after_->forward(attention_->forward(before_->forward(x, history)), history);
}

HeadImpl::HeadImpl(std::int64_t in, std::int64_t out, nn::Storage storage)
    : norm_(in, 3, storage), conv_(in, out, 3, 3, storage) {
  register_module("0", norm_);
  register_module("2", conv_);
}

torch::Tensor HeadImpl::forward(const torch::Tensor& x, nn::ConvHistory& history) const {
  return conv_->after_norm(norm_, x, history);
}

}  // namespace flashmotion::wan::vae_detail
