#include "flashmotion/kernels/launch.cuh"
#include "flashmotion/kernels/launchers.hpp"
#include "flashmotion/kernels/vectors.cuh"

#include <type_traits>

namespace flashmotion::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kMostPieces = static_cast<int>(kLongestPixel / 256);

// A warp has one pixel; a lane keeps up to `kPieces` times eight of its channels in registers.
template <int kPieces, class X, class G>
__global__ void norm_pixels_kernel(NormPixels a) {
  const std::int64_t pixels = a.batch * a.frames * a.height * a.width;
  const std::int64_t index = (static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x) / 32;
  if (index >= pixels) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  std::int64_t rest = index;
  const std::int64_t w = rest % a.width;
  rest /= a.width;
  const std::int64_t h = rest % a.height;
  rest /= a.height;
  const std::int64_t t = rest % a.frames, b = rest / a.frames;
  const auto at = [&](const std::int64_t* s) { return b * s[0] + t * s[1] + h * s[2] + w * s[3]; };
  const X* x = static_cast<const X*>(a.x.data) + at(a.x_strides);
  const G* gamma = static_cast<const G*>(a.gamma.data);
  X* out = static_cast<X*>(a.out) + at(a.out_strides);
  Eight numbers[kPieces];
  float squares = 0.0F;
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const int c = (p * 32 + lane) * 8;
    if (c >= a.channels) continue;
    numbers[p] = read8(x + c);
    for (float v : numbers[p].v) squares += v * v;
  }
  const float length = fmaxf(sqrtf(warp_sum(squares)), 1e-12F);
  const float factor = sqrtf(static_cast<float>(a.channels)) / length;
#pragma unroll
  for (int p = 0; p < kPieces; ++p) {
    const int c = (p * 32 + lane) * 8;
    if (c >= a.channels) continue;
    const Eight scale = read8(gamma + c);
    Eight result;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float y = numbers[p].v[i] * factor * scale.v[i];
      result.v[i] = y / (1.0F + expf(-y));
    }
    write8(out + c, result);
  }
}

template <int kPieces>
int launch_pixels(const NormPixels& a, void* stream) {
  const std::int64_t warps = a.batch * a.frames * a.height * a.width;
  const std::int64_t blocks = (warps * 32 + kThreads - 1) / kThreads;
  return for_type(a.x.type, [&](auto* x) {
    return for_type(a.gamma.type, [&](auto* gamma) {
      using X = std::remove_pointer_t<decltype(x)>;
      using G = std::remove_pointer_t<decltype(gamma)>;
      return launch(norm_pixels_kernel<kPieces, X, G>, blocks, kThreads, a, stream);
    });
  });
}

}  // namespace

int norm_pixels(const NormPixels& a, void* stream) {
  if (a.channels <= 0 || a.channels % 8 != 0 || a.channels > kLongestPixel)
    return static_cast<int>(cudaErrorInvalidValue);
  if (a.batch * a.frames * a.height * a.width == 0) return 0;
  const std::int64_t pieces = (a.channels + 255) / 256;
  if (pieces == 1) return launch_pixels<1>(a, stream);
  if (pieces == 2) return launch_pixels<2>(a, stream);
  if (pieces <= 4) return launch_pixels<4>(a, stream);
  return launch_pixels<kMostPieces>(a, stream);
}

}  // namespace flashmotion::cuda
