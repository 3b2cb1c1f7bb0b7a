#include "flashmotion/core/on_stream.hpp"
#include "flashmotion/kernels/loaded_kernels.hpp"
#include "flashmotion/trajectory/detail/paint.hpp"

#include <ATen/ops/empty.h>

namespace flashmotion::paint {
namespace paint_gpu {

bool usable(const Tensor& shapes, const Tensor& valid, const Tensor& paints) {
  return shapes.is_cuda() && valid.device() == shapes.device() && paints.device() == shapes.device() &&
         cuda::loaded_kernels() != nullptr;
}

const std::uint8_t* bytes(const Tensor& flags) { return static_cast<const std::uint8_t*>(flags.const_data_ptr()); }

// Fills in what both kernels take, and launches.
template <class Arguments>
Tensor launch(int (*kernel)(const Arguments&, void*), Arguments arguments, const Tensor& valid, const Tensor& paints,
              at::IntArrayRef sizes) {
  const Tensor flags = valid.to(at::kBool).contiguous(), colours = paints.contiguous();
  Tensor maps = at::empty({sizes[0], 3, sizes[2], sizes[3], sizes[4]}, colours.options());
  arguments.valid = bytes(flags);
  arguments.paints = colours.const_data_ptr<float>();
  arguments.out = maps.mutable_data_ptr<float>();
  arguments.clips = sizes[0];
  arguments.objects = sizes[1];
  arguments.frames = sizes[2];
  arguments.height = sizes[3];
  arguments.width = sizes[4];
  on_current_stream(maps.device(), [&](void* stream) { return kernel(arguments, stream); });
  return maps;
}

}  // namespace paint_gpu

std::optional<Tensor> paint_boxes_on_gpu(const Tensor& boxes, const Tensor& valid, const Tensor& paints,
                                         std::int64_t height, std::int64_t width) {
  if (!paint_gpu::usable(boxes, valid, paints) || boxes.scalar_type() != at::kFloat) return std::nullopt;
  const Tensor sides = boxes.contiguous();
  cuda::PaintBoxes arguments{};
  arguments.boxes = sides.const_data_ptr<float>();
  return paint_gpu::launch(cuda::loaded_kernels()->paint_boxes, arguments, valid, paints,
                           {boxes.size(0), boxes.size(1), boxes.size(2), height, width});
}

std::optional<Tensor> paint_masks_on_gpu(const Tensor& masks, const Tensor& valid, const Tensor& paints) {
  if (!paint_gpu::usable(masks, valid, paints)) return std::nullopt;
  const Tensor cover = masks.to(at::kBool).contiguous();
  cuda::PaintMasks arguments{};
  arguments.masks = paint_gpu::bytes(cover);
  return paint_gpu::launch(cuda::loaded_kernels()->paint_masks, arguments, valid, paints, cover.sizes());
}

}  // namespace flashmotion::paint
