#pragma once

// As much of the CUDA runtime as the toolkit's kernels use, on the CPU, so that they are tested where there is no GPU.
// Blocks run one after another. Within a block one warp runs as far as it gets, then the next, in an order that differs
// from block to block: a missing __syncthreads lets numbers of one step into another, and a test sees it.

#include <cmath>
#include <functional>

#define __global__
#define __device__
#define __shared__ static
#define rsqrtf(x) (1.0F / sqrtf(x))

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorLaunchFailure = 719
};
using cudaStream_t = void*;

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3(unsigned x_ = 1) : x(x_) {}
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  cudaStream_t stream = nullptr;
};

inline dim3 threadIdx, blockIdx, blockDim;

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline float __fdiv_rn(float a, float b) { return a / b; }

void __syncthreads();
float __shfl_xor_sync(unsigned mask, float value, int offset);
cudaError_t cudaGetLastError();

namespace on_host {
/// Runs `thread` once for each thread of each block. Fails where a warp's lanes do not all reach a shuffle.
cudaError_t run(const cudaLaunchConfig_t& config, const std::function<void()>& thread);
}  // namespace on_host

template <class Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Arguments),
                               const Arguments& arguments) {
  return on_host::run(*config, [&] { kernel(arguments); });
}
