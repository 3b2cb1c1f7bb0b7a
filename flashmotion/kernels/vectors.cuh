#pragma once

#include "flashmotion/kernels/kernel_table.hpp"

#include <cuda_bf16.h>

namespace flashmotion::cuda {

/// Eight numbers, as they are read and written: 16 or 32 bytes at an aligned address.
struct Eight {
  float v[8];
};

__device__ inline Eight read8(const float* p) {
  const float4 a = reinterpret_cast<const float4*>(p)[0], b = reinterpret_cast<const float4*>(p)[1];
  return {{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}};
}
__device__ inline Eight read8(const __nv_bfloat16* p) {
  const uint4 bits = *reinterpret_cast<const uint4*>(p);
  const auto* pairs = reinterpret_cast<const __nv_bfloat162*>(&bits);
  Eight e;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 f = __bfloat1622float2(pairs[i]);
    e.v[2 * i] = f.x;
    e.v[2 * i + 1] = f.y;
  }
  return e;
}
__device__ inline void write8(float* p, const Eight& e) {
  reinterpret_cast<float4*>(p)[0] = make_float4(e.v[0], e.v[1], e.v[2], e.v[3]);
  reinterpret_cast<float4*>(p)[1] = make_float4(e.v[4], e.v[5], e.v[6], e.v[7]);
}
__device__ inline void write8(__nv_bfloat16* p, const Eight& e) {
  uint4 bits;
  auto* pairs = reinterpret_cast<__nv_bfloat162*>(&bits);
#pragma unroll
  for (int i = 0; i < 4; ++i) pairs[i] = __floats2bfloat162_rn(e.v[2 * i], e.v[2 * i + 1]);
  *reinterpret_cast<uint4*>(p) = bits;
}

__device__ inline float rounded_to(float x, const float*) { return x; }
__device__ inline float rounded_to(float x, const __nv_bfloat16*) { return __bfloat162float(__float2bfloat16_rn(x)); }

__device__ inline float warp_sum(float x) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(0xFFFFFFFFU, x, offset);
  return x;
}

/// Sum over the threads of a block, for all of them. Threads are whole warps.
__device__ inline float block_sum(float x) {
  __shared__ float sums[32];
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  x = warp_sum(x);
  __syncthreads();  // whoever read an earlier sum has done so
  if (lane == 0) sums[warp] = x;
  __syncthreads();
  float total = 0.0F;
  for (int i = 0; i < static_cast<int>(blockDim.x) / 32; ++i) total += sums[i];
  return total;
}

/// Calls `f` with a null pointer of the type.
template <class F>
int for_type(Number type, F&& f) {
  if (type == Number::bfloat16) return f(static_cast<__nv_bfloat16*>(nullptr));
  return f(static_cast<float*>(nullptr));
}

}  // namespace flashmotion::cuda
