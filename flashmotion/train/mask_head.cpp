#include "flashmotion/train/mask_head.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

namespace flashmotion {

MaskHead::MaskHead(const GeneratorSpec& spec, std::int64_t block)
    : block_(block == -1 ? spec.blocks - 1 : block), patch_(spec.patch) {
  if (block_ < 0 || block_ >= spec.blocks) {
    throw InputError(fmt::format("'mask_block' is {}, but the generator has blocks 0 to {}; name one of them, or -1",
                                 block, spec.blocks - 1));
  }
  const std::int64_t cells = patch_[0] * patch_[1] * patch_[2];
  weight_ = torch::zeros({cells, spec.width});
  bias_ = torch::zeros({cells});
}

Tensor MaskHead::logits(const Tensor& tap, const Grid& grid) const {
  const Tensor even = at::layer_norm(tap.to(torch::kFloat), {tap.size(2)});
  const Tensor cells = at::linear(even, weight_, bias_);  // [B, N, P]
  return cells
      .view({-1, grid.frames, grid.height, grid.width, patch_[0], patch_[1], patch_[2]})
      // [B, frames, in a frame, rows, in a row, columns, in a column]
      .permute({0, 1, 4, 2, 5, 3, 6})
      .reshape({tap.size(0), 1, grid.frames * patch_[0], grid.height * patch_[1], grid.width * patch_[2]});
}

}  // namespace flashmotion
