#pragma once

#include "flashmotion/core/rng.hpp"
#include "flashmotion/wan/vae.hpp"
#include "tests/support/compare.hpp"

// The tiny autoencoders of the golden vectors and of the laws.

namespace tiny_vae {

using flashmotion::Tensor;
using flashmotion::wan::VaeVersion;

inline flashmotion::wan::VaeConfig config(VaeVersion version) {
  flashmotion::wan::VaeConfig c;
  c.version = version;
  c.dim = 8;
  c.decoder_dim = 8;
  c.z_dim = 4;
  return c;
}

/// Weights from a seed, and then no bias of zero and no norm of one left.
inline flashmotion::wan::Vae shaken(const flashmotion::wan::VaeConfig& c) {
  flashmotion::wan::Vae vae(c, 5);
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : vae.named_tensors()) {
    if (name.ends_with("bias") || name.ends_with("gamma")) {
      tensor.add_(flashmotion::Rng(6, name).normal(tensor.sizes()) * 0.2);
    }
  }
  return vae;
}

}  // namespace tiny_vae
