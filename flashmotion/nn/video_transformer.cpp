#include "flashmotion/nn/video_transformer.hpp"

#include "flashmotion/nn/rope.hpp"
#include "flashmotion/nn/sinusoid.hpp"

namespace flashmotion::nn {
namespace video_transformer_detail {

torch::Tensor linear(const torch::nn::ModuleList& list, std::size_t index, const torch::Tensor& x) {
  return list->at<LinearImpl>(index).forward(x);
}

}  // namespace video_transformer_detail

PatchEmbeddingImpl::PatchEmbeddingImpl(std::int64_t channels, std::int64_t width, std::array<std::int64_t, 3> patch,
                                       Storage storage)
    : patch_(patch) {
  weight = register_parameter("weight", new_parameter({width, channels, patch[0], patch[1], patch[2]}, storage));
  bias = register_parameter("bias", new_parameter({width}, storage));
}

torch::Tensor PatchEmbeddingImpl::forward(const torch::Tensor& latent) const {
  const auto [pt, ph, pw] = patch_;
  const torch::Tensor patches = latent.unflatten(4, {-1, pw})
                                    .unflatten(3, {-1, ph})
                                    .unflatten(2, {-1, pt})             // B C T pt H ph W pw
                                    .permute({0, 2, 4, 6, 1, 3, 5, 7})  // B T H W C pt ph pw
                                    .flatten(4, 7)
                                    .flatten(1, 3);
  return at::linear(patches, weight.flatten(1), bias);
}

VideoTransformer::VideoTransformer(const GeneratorSpec& spec, Storage storage)
    : spec_(spec), patch_embedding_(spec.latent_channels, spec.width, spec.patch, storage) {
  register_module("patch_embedding", patch_embedding_);
  text_embedding_->push_back(Linear(spec.text_width, spec.width, true, storage));
  text_embedding_->push_back(torch::nn::GELU(torch::nn::GELUOptions().approximate("tanh")));
  text_embedding_->push_back(Linear(spec.width, spec.width, true, storage));
  register_module("text_embedding", text_embedding_);
  time_embedding_->push_back(Linear(spec.frequency_width, spec.width, true, storage));
  time_embedding_->push_back(torch::nn::SiLU());
  time_embedding_->push_back(Linear(spec.width, spec.width, true, storage));
  register_module("time_embedding", time_embedding_);
  time_projection_->push_back(torch::nn::SiLU());
  time_projection_->push_back(Linear(spec.width, 6 * spec.width, true, storage));
  register_module("time_projection", time_projection_);
  for (std::int64_t i = 0; i < spec.blocks; ++i) {
    blocks_->push_back(Block(spec.width, spec.heads, spec.ffn_width, spec.epsilon, storage));
  }
  register_module("blocks", blocks_);
}

VideoTransformer::Pass VideoTransformer::embed(const torch::Tensor& latent, const torch::Tensor& sigma,
                                               const torch::Tensor& text) {
  using video_transformer_detail::linear;
  Pass pass;
  pass.grid = spec_.grid(latent);
  if (rope_.first != pass.grid || !rope_.second.defined()) {
    rope_ = {pass.grid, rope_factors(pass.grid, spec_.width / spec_.heads).to(latent.device())};
  }
  const std::int64_t frames = pass.grid.frames;
  const torch::Tensor by_frame = sigma.dim() == 1 ? sigma.unsqueeze(1) : sigma;  // [B, 1] or [B, T]
  const torch::Tensor features = sinusoid(by_frame * 1000.0, spec_.frequency_width);
  pass.time = linear(time_embedding_, 2, at::silu(linear(time_embedding_, 0, features)))
                  .expand({latent.size(0), frames, spec_.width});
  pass.input.modulation = linear(time_projection_, 1, at::silu(pass.time)).unflatten(-1, {6, spec_.width});
  pass.input.text = linear(text_embedding_, 2, at::gelu(linear(text_embedding_, 0, text), "tanh"));
  pass.input.rope = rope_.second;
  pass.input.frames = frames;
  pass.hidden = patch_embedding_(latent);
  return pass;
}

void VideoTransformer::run_block(std::int64_t index, Pass& pass) {
  pass.hidden = blocks_[static_cast<std::size_t>(index)]->as<Block>()->forward(pass.hidden, pass.input);
}

}  // namespace flashmotion::nn
