#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace flashmotion::cuda {

/// Launches `kernel` with one argument on a line of `blocks`, each of `threads`. Returns a cudaError_t.
template <class Arguments>
int launch(void (*kernel)(Arguments), std::int64_t blocks, int threads, const Arguments& arguments, void* stream) {
  if (blocks > 2147483647) return static_cast<int>(cudaErrorInvalidConfiguration);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.stream = static_cast<cudaStream_t>(stream);
  static_cast<void>(cudaLaunchKernelEx(&config, kernel, arguments));
  return static_cast<int>(cudaGetLastError());  // what the launch returned, too, and it is no longer the last one
}

}  // namespace flashmotion::cuda
