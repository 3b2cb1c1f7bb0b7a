#pragma once

#include <cstdint>

// Kernels for NVIDIA GPUs, in a library of their own that is loaded when a GPU is used (core/device.hpp). Neither side
// of this table knows LibTorch: memory is given by address, in the type named beside it, rows without gaps unless a
// stride says otherwise. All launch on `stream` and return a cudaError_t; 0 is success.

namespace flashmotion::cuda {

enum class Number : std::int32_t { float32, bfloat16 };

struct Rows {
  const void* data;
  Number type;
};

/// `LN(x) (base + scale) + shift` for each row; scale and shift are float32, one row for `rows_per_group` rows of x.
struct NormRows {
  Rows x;
  void* out;
  Number out_type;
  std::int64_t rows, width;  // width: a multiple of 8, at most kLongestRow
  const float* scale;        // row g at scale + g * group_stride
  const float* shift;
  std::int64_t rows_per_group, group_stride;
  float base, epsilon;
  bool round_normal;  // round the normalised row to the type of x first
};

/// `x / rms(x) * weight` for each row, then, if `turns` is given, each pair of channels of each head turned by the
/// complex factor of the row: `turns` is [tokens, head_width / 2] complex float32, row r of x takes row r % tokens.
struct TurnRows {
  Rows x;
  void* out;
  Number out_type;
  std::int64_t rows, width, head_width;  // head_width: a multiple of 8
  Rows weight;
  const float* turns;
  std::int64_t tokens;
  float epsilon;
  bool round_normal;  // to the type of x, before the weight
  bool round_scaled;  // to the type of x, after the weight
};

/// `x + y gate`, rounded to the type of x; gate is grouped as in NormRows.
struct GateRows {
  Rows x, y;
  void* out;  // of the type of x; may be x itself
  std::int64_t rows, width;
  const float* gate;
  std::int64_t rows_per_group, group_stride;
};

/// `silu(x / max(|x|, 1e-12) sqrt(C) gamma)` for the channels of each pixel, which lie side by side.
struct NormPixels {
  Rows x;
  void* out;                                            // of the type of x
  std::int64_t batch, frames, height, width, channels;  // channels: a multiple of 8, at most kLongestPixel
  std::int64_t x_strides[4], out_strides[4];            // numbers from a clip, frame, row or pixel to the next
  Rows gamma;
};

/// Each pixel of control maps in the colour of the last object over it, or -1. Contiguous; `valid` holds 0 and 1.
struct PaintBoxes {
  const float* boxes;         // [clips, objects, frames, 4] x0, y0, x1, y1, normalised; over centres in [x0, x1)
  const std::uint8_t* valid;  // [clips, objects]
  const float* paints;        // [clips, objects, 3]
  float* out;                 // [clips, 3, frames, height, width]
  std::int64_t clips, objects, frames, height, width;
};

/// The same, an object being where its mask is not 0.
struct PaintMasks {
  const std::uint8_t* masks;  // [clips, objects, frames, height, width]
  const std::uint8_t* valid;
  const float* paints;
  float* out;
  std::int64_t clips, objects, frames, height, width;
};

constexpr std::int64_t kLongestRow = 16384;
constexpr std::int64_t kLongestPixel = 2048;
constexpr std::int32_t kTableVersion = 2;

struct KernelTable {
  std::int32_t version;
  int (*norm_rows)(const NormRows&, void* stream);
  int (*turn_rows)(const TurnRows&, void* stream);
  int (*gate_rows)(const GateRows&, void* stream);
  int (*norm_pixels)(const NormPixels&, void* stream);
  int (*paint_boxes)(const PaintBoxes&, void* stream);
  int (*paint_masks)(const PaintMasks&, void* stream);
};

}  // namespace flashmotion::cuda

extern "C" const flashmotion::cuda::KernelTable* flashmotion_cuda_kernels();
