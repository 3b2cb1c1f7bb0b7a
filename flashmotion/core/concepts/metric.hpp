#pragma once

#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"

#include <concepts>
#include <string_view>

namespace flashmotion {

/// A number for each clip.
/// Laws: finite; equal clips give equal numbers; the order of clips does not matter to each clip's number.
template <class M>
concept Metric = requires(const M& m, const Tensor& generated, const ClipBatch& real) {
  { m.name() } -> std::convertible_to<std::string_view>;
  { m(generated, real) } -> std::same_as<Tensor>;  // [B] float64
};

}  // namespace flashmotion
