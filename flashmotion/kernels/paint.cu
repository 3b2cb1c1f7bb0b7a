#include "flashmotion/kernels/launch.cuh"
#include "flashmotion/kernels/launchers.hpp"

namespace flashmotion::cuda {
namespace {

constexpr int kThreads = 256;

// The middle of a pixel, rounded as the CPU rounds it: the pixels of a box are the same on both.
__device__ float centre(std::int64_t i, std::int64_t count) {
  return __fdiv_rn(static_cast<float>(i) + 0.5F, static_cast<float>(count));
}

// The row of a block.
struct Row {
  std::int64_t clip, frame, y;
};
template <class Arguments>
__device__ Row row_of(const Arguments& a) {
  const auto index = static_cast<std::int64_t>(blockIdx.x);
  const std::int64_t rest = index / a.height;
  return {rest / a.frames, rest % a.frames, index % a.height};
}

// Object k, or none with k below 0.
template <class Arguments>
__device__ void paint(const Arguments& a, const Row& row, std::int64_t x, std::int64_t k) {
  for (int c = 0; c < 3; ++c) {
    const float value = k < 0 ? -1.0F : a.paints[(row.clip * a.objects + k) * 3 + c];
    a.out[(((row.clip * 3 + c) * a.frames + row.frame) * a.height + row.y) * a.width + x] = value;
  }
}

__global__ void paint_boxes_kernel(PaintBoxes a) {
  const Row row = row_of(a);
  const float v = centre(row.y, a.height);
  for (std::int64_t x = threadIdx.x; x < a.width; x += kThreads) {
    const float u = centre(x, a.width);
    std::int64_t k = a.objects - 1;
    for (; k >= 0; --k) {
      const std::int64_t object = row.clip * a.objects + k;
      const float* box = a.boxes + (object * a.frames + row.frame) * 4;
      if (a.valid[object] != 0 && v >= box[1] && v < box[3] && u >= box[0] && u < box[2]) break;
    }
    paint(a, row, x, k);
  }
}

__global__ void paint_masks_kernel(PaintMasks a) {
  const Row row = row_of(a);
  for (std::int64_t x = threadIdx.x; x < a.width; x += kThreads) {
    std::int64_t k = a.objects - 1;
    for (; k >= 0; --k) {
      const std::int64_t object = row.clip * a.objects + k;
      const std::int64_t place = ((object * a.frames + row.frame) * a.height + row.y) * a.width + x;
      if (a.valid[object] != 0 && a.masks[place] != 0) break;
    }
    paint(a, row, x, k);
  }
}

template <class Arguments>
int launch_rows(void (*kernel)(Arguments), const Arguments& a, void* stream) {
  const std::int64_t rows = a.clips * a.frames * a.height;
  return rows * a.width == 0 ? 0 : launch(kernel, rows, kThreads, a, stream);
}

}  // namespace

int paint_boxes(const PaintBoxes& a, void* stream) { return launch_rows(paint_boxes_kernel, a, stream); }
int paint_masks(const PaintMasks& a, void* stream) { return launch_rows(paint_masks_kernel, a, stream); }

}  // namespace flashmotion::cuda
