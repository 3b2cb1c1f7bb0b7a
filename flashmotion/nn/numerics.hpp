#pragma once

#include "flashmotion/core/regime.hpp"

#include <c10/core/ScalarType.h>

namespace flashmotion::nn {

/// In which types the parts of a transformer live. Layers compute in the type of their input and read their weights in
/// that type, whatever the weights are stored in; so these types are all that a regime has to say.
struct Numerics {
  c10::ScalarType angle = c10::kDouble;    // angles of the time features
  c10::ScalarType time = c10::kFloat;      // the time embedding as it is used, and its projection
  c10::ScalarType product = c10::kFloat;   // matrix products and attention; the tokens of video, text and image
  c10::ScalarType residual = c10::kFloat;  // the tokens after each gated sum
  c10::ScalarType head = c10::kFloat;      // the last projection, and with it the output
  bool norm_keeps_type = false;            // a norm's result is rounded to its input's type before it is modulated
};

[[nodiscard]] constexpr Numerics numerics_of(Regime regime) {
  Numerics n;
  if (regime == Regime::fp32) return n;
  n.product = c10::kBFloat16;
  if (regime == Regime::wan_bf16) {
    n.norm_keeps_type = true;
  } else {
    n.angle = c10::kFloat;
    n.time = n.residual = n.head = c10::kBFloat16;
  }
  return n;
}

}  // namespace flashmotion::nn
