#include "flashmotion/nn/block.hpp"

#include "flashmotion/nn/gpu_kernels.hpp"
#include "flashmotion/nn/noise_levels.hpp"

namespace flashmotion::nn {
namespace block_detail {

// All [B, N, heads, head_width].
torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
  return at::scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(1, 2);
}

// In place where no gradient asks for x. Nothing else holds x.
torch::Tensor gelu_(torch::Tensor& x) { return records_gradient(x) ? at::gelu(x, "tanh") : at::gelu_(x, "tanh"); }

}  // namespace block_detail

AttentionImpl::AttentionImpl(std::int64_t width, std::int64_t heads, double epsilon, Storage storage, bool with_image)
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
  if (!with_image) return;
  k_img_ = register_module("k_img", Linear(width, width, true, storage));
  v_img_ = register_module("v_img", Linear(width, width, true, storage));
  norm_k_img_ = register_module("norm_k_img", RmsNorm(width, epsilon, storage));
}

torch::Tensor AttentionImpl::forward(const torch::Tensor& x, const AttentionInput& input) {
  const auto type = x.scalar_type();
  const auto split = [&](const torch::Tensor& tokens) { return tokens.unflatten(-1, {heads_, -1}); };
  // The layers q, k, v, o, k_img and v_img, with their deltas.
  const auto edited = [&](const Linear& linear, std::size_t i, const torch::Tensor& tokens) {
    return with_deltas(linear->forward(tokens), tokens, input.edits == nullptr ? nullptr : &input.edits->low_rank[i]);
  };
  const auto turned = [&](const RmsNorm& norm, const torch::Tensor& tokens) {
    return norm->turned(tokens, input.rope, heads_, input.norm_keeps_type);
  };
  const torch::Tensor q = turned(norm_q_, edited(q_, 0, x));
  const torch::Tensor k = turned(norm_k_, edited(k_, 1, input.context));
  torch::Tensor found = block_detail::attend(q, k, split(edited(v_, 2, input.context)));
  if (input.image.defined()) {
    const torch::Tensor k_img = split(norm_k_img_(edited(k_img_, 4, input.image), input.norm_keeps_type)).to(type);
    found = found + block_detail::attend(q, k_img, split(edited(v_img_, 5, input.image)));
  }
  if (input.edits != nullptr) {
    for (const ExtraKeyValue* extra : input.edits->extra) {
      found = found + block_detail::attend(q, split(extra->keys.to(type)), split(extra->values.to(type)));
    }
  }
  return edited(o_, 3, found.flatten(-2));
}

BlockImpl::BlockImpl(std::int64_t width, std::int64_t heads, std::int64_t ffn_width, double epsilon, Storage storage,
                     bool with_image)
    : epsilon_(epsilon),
      self_attn_(width, heads, epsilon, storage),
      cross_attn_(width, heads, epsilon, storage, with_image),
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
  const Numerics& numerics = input.numerics;
  const auto m = by_frame(input.modulation + modulation.unsqueeze(0).to(torch::kFloat), input.level_of_frame);
  const auto frames = [&](const torch::Tensor& tokens) { return tokens.unflatten(1, {input.frames, -1}); };
  const auto modulated = [&](const torch::Tensor& tokens, std::size_t first) {
    return modulated_norm(tokens, m[first], m[first + 1], epsilon_, numerics.norm_keeps_type, numerics.product);
  };
  const auto gated_sum = [&](const torch::Tensor& tokens, const torch::Tensor& added, const torch::Tensor& gate) {
    if (tokens.scalar_type() == numerics.residual) {
      if (const auto done = gpu::gated_sum(tokens, added, gate)) return *done;
    }
    return at::addcmul(tokens.to(torch::kFloat), added.to(torch::kFloat), gate).to(numerics.residual);
  };

  const BlockEdits* edits = input.edits;
  const auto feed_forward = [&](std::size_t i, const torch::Tensor& tokens) {
    return with_deltas(ffn_[2 * i]->as<Linear>()->forward(tokens), tokens,
                       edits == nullptr ? nullptr : &edits->feed_forward[i]);
  };

  torch::Tensor h = frames(x);
  torch::Tensor y = modulated(h, 0).flatten(1, 2);
  y = self_attn_(y, AttentionInput{.context = y,
                                   .rope = input.rope,
                                   .norm_keeps_type = numerics.norm_keeps_type,
                                   .edits = edits == nullptr ? nullptr : &edits->self_attention});
  h = gated_sum(h, frames(y), m[2]).flatten(1, 2);
  y = cross_attn_(norm3_(h).to(numerics.product),
                  AttentionInput{.context = input.text,
                                 .image = input.image,
                                 .norm_keeps_type = numerics.norm_keeps_type,
                                 .edits = edits == nullptr ? nullptr : &edits->cross_attention});
  h = frames(h + y);
  y = feed_forward(0, modulated(h, 3));
  y = feed_forward(1, block_detail::gelu_(y));
  return gated_sum(h, y, m[5]).flatten(1, 2);
}

}  // namespace flashmotion::nn
