#include "flashmotion/nn/video_transformer.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/nn/checkpoint.hpp"
#include "flashmotion/nn/noise_levels.hpp"
#include "flashmotion/nn/rope.hpp"
#include "flashmotion/nn/sinusoid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

namespace flashmotion::nn {
namespace video_transformer_detail {

torch::Tensor linear(const torch::nn::ModuleList& list, std::size_t index, const torch::Tensor& x) {
  return list->at<LinearImpl>(index).forward(x);
}

void expect_latent(const torch::Tensor& latent, const GeneratorSpec& spec) {
  const auto [pt, ph, pw] = spec.patch;
  if (latent.dim() == 5 && latent.size(1) == spec.latent_channels && latent.size(2) % pt == 0 &&
      latent.size(3) % ph == 0 && latent.size(4) % pw == 0) {
    return;
  }
  throw InputError(
      fmt::format("the latent has shape [{}], but the generator takes [B, {}, T, H, W] with T, H and W in multiples of "
                  "{}, {} and {}; choose other extents of the clip or another codec",
                  fmt::join(latent.sizes(), ", "), spec.latent_channels, pt, ph, pw));
}

void expect_image(const torch::Tensor& given, std::int64_t wanted, std::int64_t axis, const char* what) {
  if (wanted == 0 || (given.defined() && given.size(axis) == wanted)) return;
  throw InputError(fmt::format(
      "the generator takes {} of {} {}, and got {}; give the picture in that form, or use a "
      "generator that does not need one",
      what, wanted, axis == 1 ? "channels" : "features", given.defined() ? std::to_string(given.size(axis)) : "none"));
}

// What adapters bring into a block.
void add_tensors(const SiteEdits& edits, std::int64_t block, torch::autograd::variable_list& list) {
  const std::string prefix = fmt::format("blocks.{}.", block);
  for (const LowRankDelta& delta : edits.low_rank) {
    if (delta.linear.starts_with(prefix)) list.insert(list.end(), {delta.down, delta.up});
  }
  for (const ExtraKeyValue& extra : edits.extra) {
    if (extra.site.block == block) list.insert(list.end(), {extra.keys, extra.values});
  }
}

// The weights that a block keeps for the way back are those of another block by then.
void expect_no_way_back(const torch::Tensor& hidden, const BlockInput& input) {
  if (!at::GradMode::is_enabled()) return;
  if (!hidden.requires_grad() && !input.text.requires_grad() && input.edits == nullptr) return;
  throw Error(
      "a gradient through streamed or quantised blocks needs activation checkpointing; set "
      "generator.checkpointing to true");
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
  return product(patches, weight.flatten(1), bias);
}

VideoTransformer::VideoTransformer(const GeneratorSpec& spec, Storage storage)
    : spec_(spec),
      numerics_(numerics_of(spec.regime)),
      patch_embedding_(spec.input_channels(), spec.width, spec.patch, storage) {
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
  const bool with_image = spec.image_width > 0;
  for (std::int64_t i = 0; i < spec.blocks; ++i) {
    blocks_->push_back(Block(spec.width, spec.heads, spec.ffn_width, spec.epsilon, storage, with_image));
  }
  register_module("blocks", blocks_);
  if (with_image) img_emb_ = register_module("img_emb", ImageEmbedding(spec.image_width, spec.width, storage));
}

torch::Tensor VideoTransformer::embed_patches(const torch::Tensor& latent, const ImageContext& image) {
  video_transformer_detail::expect_latent(latent, spec_);
  video_transformer_detail::expect_image(image.channels, spec_.condition_channels, 1, "a condition");
  const torch::Tensor x = latent.to(numerics_.product);
  if (spec_.condition_channels == 0) return patch_embedding_(x);
  return patch_embedding_(at::cat({x, image.channels.to(numerics_.product)}, 1));
}

void VideoTransformer::embed_time(const torch::Tensor& sigma, Pass& pass) {
  using video_transformer_detail::linear;
  const NoiseLevels levels = noise_levels(sigma, pass.grid);
  const torch::Tensor features = sinusoid(levels.distinct * 1000.0, spec_.frequency_width, 10000.0, numerics_.angle);
  pass.time = linear(time_embedding_, 2, at::silu(linear(time_embedding_, 0, features))).to(numerics_.time);
  pass.input.modulation =
      linear(time_projection_, 1, at::silu(pass.time)).unflatten(-1, {6, spec_.width}).to(torch::kFloat);
  pass.input.level_of_frame = levels.level_of_frame;
}

VideoTransformer::Pass VideoTransformer::embed(const torch::Tensor& latent, const torch::Tensor& sigma,
                                               const TextContext& text, const ImageContext& image) {
  using video_transformer_detail::linear;
  Pass pass;
  pass.hidden = embed_patches(latent, image);
  pass.grid = spec_.grid(latent);
  if (rope_.first != pass.grid || !rope_.second.defined() || rope_.second.device() != latent.device()) {
    rope_ = {pass.grid, rope_factors(pass.grid, spec_.width / spec_.heads).to(latent.device())};
  }
  embed_time(sigma, pass);
  pass.input.text =
      linear(text_embedding_, 2, at::gelu(linear(text_embedding_, 0, text.tokens.to(numerics_.product)), "tanh"));
  if (img_emb_) {
    video_transformer_detail::expect_image(image.tokens, spec_.image_width, 2, "image tokens");
    pass.input.image = img_emb_(image.tokens.to(numerics_.product));
  }
  pass.input.rope = rope_.second;
  pass.input.frames = pass.grid.frames;
  pass.input.numerics = numerics_;
  return pass;
}

void VideoTransformer::run_block(std::int64_t index, Pass& pass) {
  const auto place = static_cast<std::size_t>(index);
  const auto block = blocks_->ptr<BlockImpl>(place);
  BlockInput input = pass.input;
  if (pass.edits != nullptr) input.edits = &pass.edits->blocks[place];
  if (!spec_.checkpointing) {
    if (stream_ != nullptr) {
      video_transformer_detail::expect_no_way_back(pass.hidden, input);
      stream_->enter(index);
    }
    pass.hidden = block->forward(pass.hidden, input);
    return;
  }
  torch::autograd::variable_list others = block->parameters();
  others.insert(others.end(), {input.modulation, input.text, input.image});
  if (pass.edits != nullptr) video_transformer_detail::add_tensors(pass.edits->edits, index, others);
  pass.hidden = checkpointed(
      [block, input, index, edits = pass.edits, stream = stream_](const torch::Tensor& x) {
        if (stream != nullptr) stream->enter(index);
        return block->forward(x, input);
      },
      pass.hidden, others);
}

void VideoTransformer::add_tokens(Pass& pass, const torch::Tensor& tokens) {
  pass.hidden = pass.hidden + tokens.to(pass.hidden.scalar_type());
}

}  // namespace flashmotion::nn
