#include "flashmotion/kernels/launch.cuh"
#include "flashmotion/kernels/launchers.hpp"
#include "flashmotion/kernels/vectors.cuh"

#include <type_traits>

namespace flashmotion::cuda {
namespace {

// A block has one row; a thread keeps `kPieces` times eight of its numbers in registers.
constexpr int kMostThreads = 512;

struct Shape {
  int threads, pieces;
};
Shape shape_of(std::int64_t width) {
  const auto eights = static_cast<int>(width / 8);
  const int pieces = (eights + kMostThreads - 1) / kMostThreads;
  const int each = (eights + pieces - 1) / pieces;
  return {(each + 31) / 32 * 32, pieces};
}

template <class F>
int for_pieces(int pieces, F&& f) {
  switch (pieces) {
    case 1:
      return f(std::integral_constant<int, 1>());
    case 2:
      return f(std::integral_constant<int, 2>());
    case 3:
      return f(std::integral_constant<int, 3>());
    case 4:
      return f(std::integral_constant<int, 4>());
    default:
      return static_cast<int>(cudaErrorInvalidValue);
  }
}

template <int kPieces, class X, class Out>
__global__ void norm_rows_kernel(NormRows a) {
  const auto row = static_cast<std::int64_t>(blockIdx.x);
  const X* x = static_cast<const X*>(a.x.data) + row * a.width;
  Out* out = static_cast<Out*>(a.out) + row * a.width;
  const std::int64_t group = row / a.rows_per_group * a.group_stride;
  Eight numbers[kPieces];
  float sum = 0.0F;
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const std::int64_t c = (static_cast<std::int64_t>(p) * blockDim.x + threadIdx.x) * 8;
    if (c >= a.width) continue;
    numbers[p] = read8(x + c);
    for (float v : numbers[p].v) sum += v;
  }
  const float mean = block_sum(sum) / static_cast<float>(a.width);
  float squares = 0.0F;
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const std::int64_t c = (static_cast<std::int64_t>(p) * blockDim.x + threadIdx.x) * 8;
    if (c >= a.width) continue;
    for (float v : numbers[p].v) squares += (v - mean) * (v - mean);
  }
  const float factor = rsqrtf(block_sum(squares) / static_cast<float>(a.width) + a.epsilon);
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const std::int64_t c = (static_cast<std::int64_t>(p) * blockDim.x + threadIdx.x) * 8;
    if (c >= a.width) continue;
    const Eight scale = read8(a.scale + group + c), shift = read8(a.shift + group + c);
    Eight result;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      float normal = (numbers[p].v[i] - mean) * factor;
      if (a.round_normal) normal = rounded_to(normal, x);
      result.v[i] = normal * (a.base + scale.v[i]) + shift.v[i];
    }
    write8(out + c, result);
  }
}

template <int kPieces, class X, class W, class Out>
__global__ void turn_rows_kernel(TurnRows a) {
  const auto row = static_cast<std::int64_t>(blockIdx.x);
  const X* x = static_cast<const X*>(a.x.data) + row * a.width;
  const W* weight = static_cast<const W*>(a.weight.data);
  Out* out = static_cast<Out*>(a.out) + row * a.width;
  Eight numbers[kPieces];
  float squares = 0.0F;
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const std::int64_t c = (static_cast<std::int64_t>(p) * blockDim.x + threadIdx.x) * 8;
    if (c >= a.width) continue;
    numbers[p] = read8(x + c);
    for (float v : numbers[p].v) squares += v * v;
  }
  const float factor = rsqrtf(block_sum(squares) / static_cast<float>(a.width) + a.epsilon);
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const std::int64_t c = (static_cast<std::int64_t>(p) * blockDim.x + threadIdx.x) * 8;
    if (c >= a.width) continue;
    const Eight scale = read8(weight + c);
    Eight result;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      float normal = numbers[p].v[i] * factor;
      if (a.round_normal) normal = rounded_to(normal, x);
      normal *= scale.v[i];
      result.v[i] = a.round_scaled ? rounded_to(normal, x) : normal;
    }
    if (a.turns != nullptr) {
      // Real and imaginary parts of four factors.
      const Eight turn = read8(a.turns + (row % a.tokens) * a.head_width + c % a.head_width);
#pragma unroll
      for (int i = 0; i < 8; i += 2) {
        const float re = result.v[i], im = result.v[i + 1];
        result.v[i] = re * turn.v[i] - im * turn.v[i + 1];
        result.v[i + 1] = re * turn.v[i + 1] + im * turn.v[i];
      }
    }
    write8(out + c, result);
  }
}

template <class X, class Y>
__global__ void gate_rows_kernel(GateRows a) {
  const std::int64_t place = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * 8;
  if (place >= a.rows * a.width) return;
  const std::int64_t row = place / a.width, c = place % a.width;
  const Eight x = read8(static_cast<const X*>(a.x.data) + place);
  const Eight y = read8(static_cast<const Y*>(a.y.data) + place);
  const Eight gate = read8(a.gate + row / a.rows_per_group * a.group_stride + c);
  Eight result;
#pragma unroll
  for (int i = 0; i < 8; ++i) result.v[i] = x.v[i] + y.v[i] * gate.v[i];
  write8(static_cast<X*>(a.out) + place, result);
}

bool fits(std::int64_t width) { return width > 0 && width % 8 == 0 && width <= kLongestRow; }

}  // namespace

int norm_rows(const NormRows& a, void* stream) {
  if (!fits(a.width)) return static_cast<int>(cudaErrorInvalidValue);
  if (a.rows == 0) return 0;
  const Shape shape = shape_of(a.width);
  return for_pieces(shape.pieces, [&](auto pieces) {
    return for_type(a.x.type, [&](auto* x) {
      return for_type(a.out_type, [&](auto* out) {
        using X = std::remove_pointer_t<decltype(x)>;
        using Out = std::remove_pointer_t<decltype(out)>;
        return launch(norm_rows_kernel<decltype(pieces)::value, X, Out>, a.rows, shape.threads, a, stream);
      });
    });
  });
}

int turn_rows(const TurnRows& a, void* stream) {
  if (!fits(a.width) || a.head_width % 8 != 0) return static_cast<int>(cudaErrorInvalidValue);
  if (a.rows == 0) return 0;
  const Shape shape = shape_of(a.width);
  return for_pieces(shape.pieces, [&](auto pieces) {
    return for_type(a.x.type, [&](auto* x) {
      return for_type(a.weight.type, [&](auto* weight) {
        return for_type(a.out_type, [&](auto* out) {
          using X = std::remove_pointer_t<decltype(x)>;
          using W = std::remove_pointer_t<decltype(weight)>;
          using Out = std::remove_pointer_t<decltype(out)>;
          return launch(turn_rows_kernel<decltype(pieces)::value, X, W, Out>, a.rows, shape.threads, a, stream);
        });
      });
    });
  });
}

int gate_rows(const GateRows& a, void* stream) {
  if (!fits(a.width)) return static_cast<int>(cudaErrorInvalidValue);
  if (a.rows == 0) return 0;
  constexpr int kThreads = 256;
  const std::int64_t eights = a.rows * a.width / 8;
  return for_type(a.x.type, [&](auto* x) {
    return for_type(a.y.type, [&](auto* y) {
      using X = std::remove_pointer_t<decltype(x)>;
      using Y = std::remove_pointer_t<decltype(y)>;
      return launch(gate_rows_kernel<X, Y>, (eights + kThreads - 1) / kThreads, kThreads, a, stream);
    });
  });
}

}  // namespace flashmotion::cuda
