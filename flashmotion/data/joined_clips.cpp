#include "flashmotion/data/joined_clips.hpp"

#include <ATen/ops/cat.h>

#include <vector>

namespace flashmotion {

ClipBatch joined_clips(std::span<const ClipBatch> batches) {
  const auto join = [&](auto member) {
    std::vector<Tensor> parts;
    for (const ClipBatch& batch : batches)
      if (const Tensor& part = member(batch); part.defined()) parts.push_back(part);
    return parts.empty() ? Tensor() : at::cat(parts);
  };
  ClipBatch all;
  all.video = join([](const ClipBatch& b) -> const Tensor& { return b.video; });
  all.masks = join([](const ClipBatch& b) -> const Tensor& { return b.masks; });
  all.boxes = join([](const ClipBatch& b) -> const Tensor& { return b.boxes; });
  all.valid = join([](const ClipBatch& b) -> const Tensor& { return b.valid; });
  all.colours = join([](const ClipBatch& b) -> const Tensor& { return b.colours; });
  all.encoded.clean = join([](const ClipBatch& b) -> const Tensor& { return b.encoded.clean; });
  all.encoded.control_masks = join([](const ClipBatch& b) -> const Tensor& { return b.encoded.control_masks; });
  all.encoded.control_boxes = join([](const ClipBatch& b) -> const Tensor& { return b.encoded.control_boxes; });
  all.encoded.text = join([](const ClipBatch& b) -> const Tensor& { return b.encoded.text; });
  for (const ClipBatch& batch : batches)
    all.prompts.insert(all.prompts.end(), batch.prompts.begin(), batch.prompts.end());
  return all;
}

}  // namespace flashmotion
