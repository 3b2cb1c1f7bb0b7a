#include "flashmotion/nn/initialise.hpp"

#include "flashmotion/core/rng.hpp"

#include <cmath>

namespace flashmotion::nn {
namespace initialise_detail {

// `bound(fan_in, fan_out)` of the uniform distribution of matrices and kernels.
template <class Bound>
void fill(torch::nn::Module& module, std::uint64_t seed, Bound bound) {
  const torch::NoGradGuard no_grad;
  for (auto& item : module.named_parameters()) {
    torch::Tensor& p = item.value();
    const std::string& name = item.key();
    if (p.dim() < 2) {
      p.fill_(name.ends_with("weight") ? 1.0 : 0.0);
      continue;
    }
    const double fan_out = static_cast<double>(p.size(0));
    const double fan_in = static_cast<double>(p.numel()) / fan_out;
    p.copy_((Rng(seed, name).uniform(p.sizes()) * 2 - 1) * bound(fan_in, fan_out));
  }
}

}  // namespace initialise_detail

void xavier_initialise(torch::nn::Module& module, std::uint64_t seed) {
  initialise_detail::fill(module, seed,
                          [](double fan_in, double fan_out) { return std::sqrt(6.0 / (fan_in + fan_out)); });
}

void fan_in_initialise(torch::nn::Module& module, std::uint64_t seed) {
  initialise_detail::fill(module, seed, [](double fan_in, double /*fan_out*/) { return 1.0 / std::sqrt(fan_in); });
}

void zero_initialise(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& p : module.parameters()) p.zero_();
}

NamedTensors named_tensors(const torch::nn::Module& module) {
  NamedTensors list;
  for (const auto& item : module.named_parameters()) list.push_back({item.key(), item.value()});
  return list;
}

}  // namespace flashmotion::nn
