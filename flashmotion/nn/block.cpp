#include "flashmotion/nn/block.hpp"

#include "flashmotion/nn/rope.hpp"

namespace flashmotion::nn {

AttentionImpl::AttentionImpl(std::int64_t width, std::int64_t heads, double epsilon, Storage storage)
    : heads_(heads),
      q_(width, width, true, storage),
      k_(width, width, true, storage),
      v_(width, width, true, storage),
      o_(width, width, true, storage),
      norm_q_(width, epsilon, storage),
      norm_k_(width, epsilon, storage) {
  register_module("q", q_);
  register_module("k", k_);
  register_module("v", v_);
  register_module("o", o_);
  register_module("norm_q", norm_q_);
  register_module("norm_k", norm_k_);
}

torch::Tensor AttentionImpl::split(const torch::Tensor& x) const {
  return x.unflatten(-1, {heads_, -1}).transpose(1, 2);
}

torch::Tensor AttentionImpl::forward(const torch::Tensor& x, const torch::Tensor& context, const torch::Tensor& rope) {
  torch::Tensor q = split(norm_q_(q_(x)));
  torch::Tensor k = split(norm_k_(k_(context)));
  const torch::Tensor v = split(v_(context));
  if (rope.defined()) {
    q = apply_rope(q, rope);
    k = apply_rope(k, rope);
  }
  return o_(at::scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(-2));
}

BlockImpl::BlockImpl(std::int64_t width, std::int64_t heads, std::int64_t ffn_width, double epsilon, Storage storage)
    : epsilon_(epsilon),
      self_attn_(width, heads, epsilon, storage),
      cross_attn_(width, heads, epsilon, storage),
      norm3_(width, epsilon, storage) {
  modulation = register_parameter("modulation", new_parameter({1, 6, width}, storage));
  register_module("self_attn", self_attn_);
  register_module("cross_attn", cross_attn_);
  register_module("norm3", norm3_);
  ffn_->push_back(Linear(width, ffn_width, true, storage));
  ffn_->push_back(torch::nn::GELU(torch::nn::GELUOptions().approximate("tanh")));
  ffn_->push_back(Linear(ffn_width, width, true, storage));
  register_module("ffn", ffn_);
}

torch::Tensor BlockImpl::forward(const torch::Tensor& x, const BlockInput& input) {
  // [B, T, 1, D] each: one value a frame, broadcast over its tokens and never spelled out.
  const auto m = (input.modulation + modulation.unsqueeze(0)).unsqueeze(2).unbind(3);
  const auto by_frame = [&](const torch::Tensor& tokens) { return tokens.unflatten(1, {input.frames, -1}); };

  torch::Tensor h = by_frame(x);
  torch::Tensor y = modulated_norm(h, m[0], m[1], epsilon_).flatten(1, 2);
  h = at::addcmul(h, by_frame(self_attn_(y, y, input.rope)), m[2]);
  const torch::Tensor tokens = h.flatten(1, 2);
  h = by_frame(tokens + cross_attn_(norm3_(tokens), input.text));
  y = modulated_norm(h, m[3], m[4], epsilon_);
  y = ffn_[2]->as<Linear>()->forward(at::gelu(ffn_[0]->as<Linear>()->forward(y), "tanh"));
  return at::addcmul(h, y, m[5]).flatten(1, 2);
}

}  // namespace flashmotion::nn
