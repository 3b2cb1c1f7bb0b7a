#pragma once

#include "flashmotion/core/tensor.hpp"

#include <concepts>

namespace flashmotion {

/// Something with parameters.
/// Laws: names are unique and their order is stable; the tensors are handles to the parameters themselves;
/// with training off two equal calls give equal results.
template <class M>
concept Trainable = requires(M& m, const M& cm, bool on) {
  { cm.named_tensors() } -> std::same_as<NamedTensors>;
  { m.set_training(on) } -> std::same_as<void>;
};

}  // namespace flashmotion
