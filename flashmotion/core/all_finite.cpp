#include "flashmotion/core/all_finite.hpp"

#include "flashmotion/base/wide_vectors.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/sum.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace flashmotion {
namespace {

constexpr std::int64_t kGrain = 1 << 18;  // numbers a thread: fewer are read sooner than a thread is woken

// Infinities and NaNs are the numbers whose exponent has all bits set, which one added to the exponent carries into the
// sign. No branches and rows of 64 bytes, so that the compiler makes it a loop over vectors.
template <class Bits, Bits Exponent, Bits One>
[[gnu::always_inline]] inline bool exponents_finite(const std::byte* numbers, std::int64_t count) {
  constexpr std::int64_t kLanes = 64 / sizeof(Bits);
  std::array<Bits, kLanes> seen{};
  const auto look = [](const std::byte* number) __attribute__((always_inline)) {
    Bits bits = 0;
    std::memcpy(&bits, number, sizeof(Bits));
    return static_cast<Bits>((bits & Exponent) + One);
  };
  std::int64_t read = 0;
  for (; read + kLanes <= count; read += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) seen[lane] |= look(numbers + (read + lane) * sizeof(Bits));
  }
  for (; read < count; ++read) seen[0] |= look(numbers + read * sizeof(Bits));
  Bits all = 0;
  for (const Bits lane : seen) all |= lane;
  return (all & static_cast<Bits>(Exponent + One)) == 0;
}

FLASHMOTION_WIDE_VECTORS bool floats_finite(const std::byte* numbers, std::int64_t count) {
  return exponents_finite<std::uint32_t, 0x7F80'0000, 0x80'0000>(numbers, count);
}
FLASHMOTION_WIDE_VECTORS bool bfloats_finite(const std::byte* numbers, std::int64_t count) {
  return exponents_finite<std::uint16_t, 0x7F80, 0x80>(numbers, count);
}

bool exponents_finite(const Tensor& tensor) {
  const auto* numbers = static_cast<const std::byte*>(tensor.const_data_ptr());
  const auto size = static_cast<std::int64_t>(tensor.element_size());
  std::atomic<bool> finite{true};
  at::parallel_for(0, tensor.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    const auto look = size == 4 ? floats_finite : bfloats_finite;
    const bool part = look(numbers + begin * size, end - begin);
    if (!part) finite.store(false, std::memory_order_relaxed);
  });
  return finite.load(std::memory_order_relaxed);
}

}  // namespace

bool all_finite(const Tensor& tensor) {
  if (!tensor.defined()) return true;
  // An operator of LibTorch takes longer to be called than a short row of numbers takes to be read.
  const bool known = tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16;
  if (known && tensor.is_cpu() && tensor.layout() == at::kStrided && tensor.is_non_overlapping_and_dense())
    return exponents_finite(tensor);
  // A sum takes no memory, and shows whatever is not finite; only its overflow needs the longer look.
  const Tensor values = tensor.detach();
  if (std::isfinite(values.sum().item<double>())) return true;
  return at::isfinite(values).all().item<bool>();
}

}  // namespace flashmotion
