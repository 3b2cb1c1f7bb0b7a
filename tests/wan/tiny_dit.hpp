#pragma once

#include "flashmotion/core/rng.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

// The tiny transformer of the golden vectors, its weights and its inputs.

namespace tiny_dit {

using flashmotion::Tensor;

inline flashmotion::wan::DitConfig config() {
  flashmotion::wan::DitConfig c;
  c.latent_channels = 4;
  c.width = 24;
  c.heads = 2;
  c.blocks = 2;
  c.ffn_width = 40;
  c.text_width = 10;
  c.frequency_width = 16;
  return c;
}

/// `sin(a i + b)`, row-major.
inline Tensor seq(at::IntArrayRef shape, double a = 0.05, double b = 0.3) {
  const std::int64_t count = c10::multiply_integers(shape);
  return torch::sin(torch::arange(count, torch::kFloat64) * a + b).to(torch::kFloat).view(shape);
}

/// Fills parameters by the rule of the golden vectors: names in byte order, `a sin(0.7 p + 0.37 i)`, norms about 1.
inline void fill_(flashmotion::NamedTensors tensors, double a = 0.08) {
  const torch::NoGradGuard no_grad;
  std::sort(tensors.begin(), tensors.end(), [](const auto& x, const auto& y) { return x.name < y.name; });
  for (std::size_t p = 0; p < tensors.size(); ++p) {
    auto& [name, tensor] = tensors[p];
    const Tensor index = torch::arange(tensor.numel(), torch::kFloat64);
    Tensor value = (torch::sin(index * 0.37 + 0.7 * static_cast<double>(p)) * a).to(torch::kFloat);
    const bool norm = name.find("norm") != std::string::npos && name.ends_with(".weight");
    if (norm || name.ends_with("gamma")) value += 1;
    tensor.copy_(value.view(tensor.sizes()));
  }
}

/// Text of four rows, padded to six with zeros.
inline Tensor text() { return torch::cat({seq({4, 10}, 0.11, 0.7), torch::zeros({2, 10})}).unsqueeze(0); }

inline Tensor latent() { return seq({1, 4, 3, 4, 6}); }

}  // namespace tiny_dit
