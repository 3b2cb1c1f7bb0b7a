#include "flashmotion/wan/clip_vision.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/parameter.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

namespace flashmotion::wan {
namespace clip_vision_detail {

void check(const ClipVisionConfig& c) {
  if (c.image_size % c.patch != 0) {
    throw InputError(fmt::format("'patch' is {} and does not divide 'image_size' {}", c.patch, c.image_size));
  }
  if (c.width % c.heads != 0) {
    throw InputError(fmt::format("'heads' is {} and does not divide 'width' {}", c.heads, c.width));
  }
}

// The convolution of patches: kernel and stride are the patch, without a bias.
class PatchesImpl : public torch::nn::Module {
 public:
  PatchesImpl(const ClipVisionConfig& c, nn::Storage storage) {
    weight = register_parameter("weight", nn::new_parameter({c.width, 3, c.patch, c.patch}, storage));
  }
  // [B, 3, S, S] to [B, N, D], row by row.
  [[nodiscard]] Tensor forward(const Tensor& pixels) const {
    return at::conv2d(pixels, weight, {}, weight.size(2)).flatten(2).transpose(1, 2);
  }
  Tensor weight;  // [D, 3, P, P]
};
TORCH_MODULE(Patches);

class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(const ClipVisionConfig& c, nn::Storage storage)
      : heads_(c.heads), to_qkv_(c.width, 3 * c.width, true, storage), proj_(c.width, c.width, true, storage) {
    register_module("to_qkv", to_qkv_);
    register_module("proj", proj_);
  }
  Tensor forward(const Tensor& x) {
    const auto qkv = to_qkv_(x).unflatten(-1, {3, heads_, -1}).permute({2, 0, 3, 1, 4});  // [3, B, H, N, head_width]
    return proj_(at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]).transpose(1, 2).flatten(2));
  }

 private:
  std::int64_t heads_;
  nn::Linear to_qkv_, proj_;
};
TORCH_MODULE(Attention);

class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(const ClipVisionConfig& c, nn::Storage storage)
      : norm1_(c.width, c.epsilon, storage), attn_(c, storage), norm2_(c.width, c.epsilon, storage) {
    register_module("norm1", norm1_);
    register_module("attn", attn_);
    register_module("norm2", norm2_);
    mlp_->push_back(nn::Linear(c.width, c.ffn_width, true, storage));
    mlp_->push_back(torch::nn::GELU());
    mlp_->push_back(nn::Linear(c.ffn_width, c.width, true, storage));
    register_module("mlp", mlp_);
  }
  Tensor forward(const Tensor& x) {
    const Tensor y = x + attn_(norm1_(x));
    return y + mlp_[2]->as<nn::Linear>()->forward(at::gelu(mlp_[0]->as<nn::Linear>()->forward(norm2_(y))));
  }

 private:
  nn::LayerNorm norm1_;
  Attention attn_;
  nn::LayerNorm norm2_;
  torch::nn::ModuleList mlp_;
};
TORCH_MODULE(Block);

class VisualImpl : public torch::nn::Module {
 public:
  VisualImpl(const ClipVisionConfig& c, std::int64_t tokens, nn::Storage storage)
      : patch_embedding_(c, storage), pre_norm_(c.width, c.epsilon, storage), post_norm_(c.width, c.epsilon, storage) {
    register_module("patch_embedding", patch_embedding_);
    cls_embedding_ = register_parameter("cls_embedding", nn::new_parameter({1, 1, c.width}, storage));
    pos_embedding_ = register_parameter("pos_embedding", nn::new_parameter({1, tokens, c.width}, storage));
    register_module("pre_norm", pre_norm_);
    for (std::int64_t i = 0; i < c.blocks; ++i) transformer_->push_back(Block(c, storage));
    register_module("transformer", transformer_);
    register_module("post_norm", post_norm_);
    head_ = register_parameter("head", nn::new_parameter({c.width, c.output_width}, storage));
  }

  // All blocks but the last.
  Tensor forward(const Tensor& pixels, std::vector<Tensor>* blocks) {
    const Tensor patches = patch_embedding_(pixels.to(patch_embedding_->weight.scalar_type()));
    const Tensor cls = cls_embedding_.expand({patches.size(0), -1, -1});
    Tensor x = pre_norm_(at::cat({cls, patches}, 1) + pos_embedding_);
    for (std::size_t i = 0; i + 1 < transformer_->size(); ++i) {
      x = transformer_[i]->as<Block>()->forward(x);
      if (blocks != nullptr) blocks->push_back(x);
    }
    return x;
  }

 private:
  Patches patch_embedding_;
  Tensor cls_embedding_;  // [1, 1, D]
  Tensor pos_embedding_;  // [1, 1 + N, D]
  nn::LayerNorm pre_norm_;
  torch::nn::ModuleList transformer_;
  nn::LayerNorm post_norm_;
  Tensor head_;  // [D, output_width]
};
TORCH_MODULE(Visual);

}  // namespace clip_vision_detail

class ClipVisionTower : public torch::nn::Module {
 public:
  ClipVisionTower(const ClipVisionConfig& c, std::int64_t tokens, nn::Storage storage) : visual(c, tokens, storage) {
    register_module("visual", visual);
  }
  clip_vision_detail::Visual visual;
};

ClipVision::ClipVision(const ClipVisionConfig& config, nn::Storage storage) : config_(config) {
  clip_vision_detail::check(config);
  network_ = std::make_shared<ClipVisionTower>(config, tokens(), storage);
  network_->eval();
}

NamedTensors ClipVision::named_tensors() const { return nn::named_tensors(*network_); }

std::int64_t ClipVision::tokens() const {
  const std::int64_t side = config_.image_size / config_.patch;
  return 1 + side * side;
}

Tensor ClipVision::encode(const Tensor& pixels, std::vector<Tensor>* blocks) const {
  const std::int64_t size = config_.image_size;
  if (!pixels.defined() || pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) != size ||
      pixels.size(3) != size) {
    throw ShapeError(
        fmt::format("The pixels of a vision tower are [B, 3, {}, {}]; prepare pictures of another size "
                    "with 'clip_preprocess'",
                    size, size));
  }
  const torch::NoGradGuard no_grad;
  return network_->visual(pixels, blocks);
}

Tensor ClipVision::embed(const Tensor& image) const { return encode(clip_preprocess(image, config_.image_size)); }

Tensor clip_preprocess(const Tensor& image, std::int64_t size) {
  if (!image.defined() || image.dim() != 4 || image.size(1) != 3) {
    throw ShapeError("The pictures of a vision tower are [B, 3, H, W]");
  }
  const auto by_channel = [&](const std::vector<double>& values) {
    return at::tensor(values, image.options().dtype(at::kFloat)).view({1, 3, 1, 1});
  };
  const Tensor resized = at::upsample_bicubic2d(image.to(at::kFloat), {size, size}, /*align_corners=*/false);
  return (resized * 0.5 + 0.5 - by_channel({0.48145466, 0.4578275, 0.40821073})) /
         by_channel({0.26862954, 0.26130258, 0.27577711});
}

}  // namespace flashmotion::wan
