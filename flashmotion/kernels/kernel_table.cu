#include "flashmotion/kernels/kernel_table.hpp"

#include "flashmotion/kernels/launchers.hpp"

extern "C" __attribute__((visibility("default"))) const flashmotion::cuda::KernelTable* flashmotion_cuda_kernels() {
  using namespace flashmotion::cuda;
  static const KernelTable table{kTableVersion, norm_rows, turn_rows, gate_rows, norm_pixels, paint_boxes, paint_masks};
  return &table;
}
