#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <ATen/core/Generator.h>

#include <cstdint>
#include <string_view>

namespace flashmotion {

/// Some rows of a batch that is worked on in parts: by several processes, or one part after the other.
struct RowShare {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t total = 0;  // rows of the batch

  [[nodiscard]] bool whole() const { return count == total; }
};

/// Source of random numbers. Made from (seed, stream, step), hashed, so that a draw added in one
/// place shifts no other, and a resumed run needs no stored state. Draws on the CPU.
class FLASHMOTION_EXPORT Rng {
 public:
  Rng(std::uint64_t seed, std::string_view stream, std::uint64_t step = 0);
  /// For one share of a batch. A tensor that is asked for with a first axis of `share.count` rows, or a multiple for
  /// several batches in a row, holds those rows of what the whole batch would draw: the parts together draw what one
  /// process draws at once. Other shapes and single numbers are drawn as they are, the same in every part.
  Rng(std::uint64_t seed, std::string_view stream, std::uint64_t step, const RowShare& share);

  /// The rows that a request for `count` of them draws: all, without a share.
  [[nodiscard]] RowShare rows(std::int64_t count) const;

  /// float32, standard normal.
  [[nodiscard]] Tensor normal(at::IntArrayRef shape);
  /// float32, in [0, 1).
  [[nodiscard]] Tensor uniform(at::IntArrayRef shape);
  /// int64, in [low, high).
  [[nodiscard]] Tensor integers(std::int64_t low, std::int64_t high, at::IntArrayRef shape);
  /// int64 [count], a random order of 0 … count-1.
  [[nodiscard]] Tensor permutation(std::int64_t count);
  /// In [0, 1).
  [[nodiscard]] double uniform();
  /// In [low, high).
  [[nodiscard]] std::int64_t integer(std::int64_t low, std::int64_t high);

 private:
  at::Generator generator_;
};

/// The hash behind `Rng`: stable across builds and machines.
[[nodiscard]] FLASHMOTION_EXPORT std::uint64_t mix_seed(std::uint64_t seed, std::string_view stream,
                                                        std::uint64_t step);

}  // namespace flashmotion
