#pragma once

#include "flashmotion/kernels/kernel_table.hpp"

// The kernels' launchers, which the table names.

namespace flashmotion::cuda {

int norm_rows(const NormRows& arguments, void* stream);
int turn_rows(const TurnRows& arguments, void* stream);
int gate_rows(const GateRows& arguments, void* stream);
int norm_pixels(const NormPixels& arguments, void* stream);
int paint_boxes(const PaintBoxes& arguments, void* stream);
int paint_masks(const PaintMasks& arguments, void* stream);

}  // namespace flashmotion::cuda
