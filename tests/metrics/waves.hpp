#pragma once

#include <torch/torch.h>

#include <cstdint>

/// Features from a formula, which another program can make too: entry n, d counts from 1.
namespace waves {

inline torch::Tensor count(std::int64_t number) { return torch::arange(1, number + 1, torch::kDouble); }

/// sin(0.37 n d) + 0.1 d
inline torch::Tensor sines(std::int64_t number, std::int64_t dimensions) {
  const auto n = count(number).unsqueeze(1), d = count(dimensions).unsqueeze(0);
  return torch::sin(0.37 * n * d) + 0.1 * d;
}

/// 1.3 cos(0.53 n (d + 1)) + 0.05 d
inline torch::Tensor cosines(std::int64_t number, std::int64_t dimensions) {
  const auto n = count(number).unsqueeze(1), d = count(dimensions).unsqueeze(0);
  return 1.3 * torch::cos(0.53 * n * (d + 1)) + 0.05 * d;
}

}  // namespace waves
