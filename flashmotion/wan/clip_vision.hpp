#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/recipe/rules.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace flashmotion::wan {

/// The defaults are those of the ViT-H/14 that comes with Wan 2.1 I2V.
struct ClipVisionConfig {
  std::int64_t image_size = 224;
  std::int64_t patch = 14;
  std::int64_t width = 1280;
  std::int64_t ffn_width = 5120;
  std::int64_t heads = 16;
  std::int64_t blocks = 32;
  std::int64_t output_width = 1024;
  double epsilon = 1e-5;

  static void fields(auto& f, auto& c) {
    f("image_size", c.image_size, Range{1, 8192}, "rows and columns of the picture that the tower sees");
    f("patch", c.patch, Range{1, 1024}, "rows and columns of one token; must divide the picture's size");
    f("width", c.width, Range{1, 65536}, "width of a token");
    f("ffn_width", c.ffn_width, Range{1, 262144}, "inner width of the feed-forward layers");
    f("heads", c.heads, Range{1, 1024}, "attention heads; must divide the width");
    f("blocks", c.blocks, Range{2, 1024}, "transformer blocks");
    f("output_width", c.output_width, Range{1, 65536}, "width behind the head, which is stored and never used");
    f("epsilon", c.epsilon, Above{0.0}, "added in the norms");
  }
};

class ClipVisionTower;

/// The vision tower of CLIP (Radford et al. 2021) as Wan 2.1 I2V uses it: the tokens of the last block but one, without
/// the norm and the head behind them. Parameter names are those of the released checkpoint, `visual.…`. It computes
/// without gradients, in the type of its weights.
class FLASHMOTION_EXPORT ClipVision {
 public:
  using Config = ClipVisionConfig;

  /// Weights are zeros and ones. Throws InputError when the configuration contradicts itself.
  explicit ClipVision(const ClipVisionConfig& config, nn::Storage storage = nn::Storage::owned);

  [[nodiscard]] NamedTensors named_tensors() const;
  [[nodiscard]] const ClipVisionConfig& config() const { return config_; }
  /// Tokens of a picture: one for the whole and one a patch.
  [[nodiscard]] std::int64_t tokens() const;

  /// Preprocessed pixels [B, 3, S, S] to tokens [B, 1 + (S / patch)², D]. With `blocks`, also what each block that runs
  /// gives. Throws ShapeError for another shape.
  [[nodiscard]] Tensor encode(const Tensor& pixels, std::vector<Tensor>* blocks = nullptr) const;
  /// Pictures [B, 3, H, W] in [-1, 1], of any size, to tokens: `preprocess`, then `encode`.
  [[nodiscard]] Tensor embed(const Tensor& image) const;

 private:
  ClipVisionConfig config_;
  std::shared_ptr<ClipVisionTower> network_;
};

/// Pictures [B, 3, H, W] in [-1, 1] to the tower's pixels [B, 3, size, size]: bicubic at pixel centres without a filter
/// for shrinking, the aspect ratio not kept; then to [0, 1], minus CLIP's mean, by its deviation. Computed in float32.
[[nodiscard]] FLASHMOTION_EXPORT Tensor clip_preprocess(const Tensor& image, std::int64_t size = 224);

}  // namespace flashmotion::wan
