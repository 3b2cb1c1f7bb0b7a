#include "flashmotion/kernels/launch.cuh"
#include "flashmotion/kernels/vectors.cuh"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

// What stands in for a GPU in the tests beside this one has to see the mistakes that a GPU punishes now and then.

namespace launch_test {

using flashmotion::cuda::block_sum;
using flashmotion::cuda::launch;

constexpr int kThreads = 128;

struct Sums {
  float* out;
};

__global__ void number(Sums a) { a.out[blockIdx.x * blockDim.x + threadIdx.x] += static_cast<float>(threadIdx.x); }

__global__ void two_sums(Sums a) {
  const float one = block_sum(static_cast<float>(threadIdx.x)), two = block_sum(1.0F);
  a.out[blockIdx.x * blockDim.x + threadIdx.x] = one * 1000.0F + two;
}

// The same with one barrier too few.
__device__ float hasty_sum(float x) {
  __shared__ float sums[32];
  x = flashmotion::cuda::warp_sum(x);
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = x;
  __syncthreads();
  return std::accumulate(sums, sums + blockDim.x / 32, 0.0F);
}
__global__ void two_hasty_sums(Sums a) {
  const float one = hasty_sum(static_cast<float>(threadIdx.x)), two = hasty_sum(1.0F);
  a.out[blockIdx.x * blockDim.x + threadIdx.x] = one * 1000.0F + two;
}

__global__ void shuffle_of_some(Sums a) {
  if (threadIdx.x < 16) a.out[threadIdx.x] = flashmotion::cuda::warp_sum(1.0F);
}

TEST_CASE("each thread of each block runs once", "[kernels][unit]") {
  std::vector<float> out(3 * kThreads, 0.0F);
  REQUIRE(launch(number, 3, kThreads, Sums{out.data()}, nullptr) == 0);
  for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == static_cast<float>(i % kThreads));
}

TEST_CASE("sums over a block hold where barriers are, and break where one is missing", "[kernels][unit]") {
  const float want = 127.0F * 64.0F * 1000.0F + 128.0F;
  std::vector<float> out(3 * kThreads, 0.0F);
  REQUIRE(launch(two_sums, 3, kThreads, Sums{out.data()}, nullptr) == 0);
  CHECK(out == std::vector<float>(out.size(), want));
  REQUIRE(launch(two_hasty_sums, 3, kThreads, Sums{out.data()}, nullptr) == 0);
  CHECK(out != std::vector<float>(out.size(), want));
}

TEST_CASE("a launch that cannot be is an error, and the next one is not", "[kernels][unit]") {
  std::vector<float> out(kThreads, 0.0F);
  const Sums sums{out.data()};
  CHECK(launch(number, 1, 2048, sums, nullptr) != 0);
  CHECK(launch(number, std::int64_t{1} << 31, kThreads, sums, nullptr) != 0);
  CHECK(launch(shuffle_of_some, 1, kThreads, sums, nullptr) != 0);
  CHECK(launch(number, 1, kThreads, sums, nullptr) == 0);
}

}  // namespace launch_test
