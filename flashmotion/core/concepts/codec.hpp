#pragma once

#include "flashmotion/core/tensor.hpp"

#include <concepts>

namespace flashmotion {

/// Between pixels [B, 3, F, H, W] in [-1, 1] and latents [B, C, T, h, w], T = 1 + (F - 1) / 4.
/// Laws: the latent of frame 0 depends on frame 0 alone; decode(encode(x)) is near x.
template <class C>
concept Codec = requires(const C& c, const Tensor& x) {
  { c.encode(x) } -> std::same_as<Tensor>;
  { c.decode(x) } -> std::same_as<Tensor>;
  { c.named_tensors() } -> std::same_as<NamedTensors>;
};

}  // namespace flashmotion
