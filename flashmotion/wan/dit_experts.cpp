#include "flashmotion/wan/dit_experts.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <utility>

namespace flashmotion::wan {

DitExperts::DitExperts(DitGenerator high_noise, DitGenerator low_noise, double boundary)
    : high_noise_(std::move(high_noise)), low_noise_(std::move(low_noise)), boundary_(boundary) {
  const NamedTensors high = high_noise_.named_tensors();
  const NamedTensors low = low_noise_.named_tensors();
  const bool equal = std::equal(high.begin(), high.end(), low.begin(), low.end(), [](const auto& a, const auto& b) {
    return a.name == b.name && a.tensor.sizes() == b.tensor.sizes();
  });
  if (!equal || high_noise_.spec().regime != low_noise_.spec().regime) {
    throw InputError(
        "the experts for high and for low noise differ in their configuration; take both from one release");
  }
}

NamedTensors DitExperts::named_tensors() const {
  NamedTensors list;
  for (const auto& [expert, prefix] :
       {std::pair(&high_noise_, "high_noise_model."), {&low_noise_, "low_noise_model."}}) {
    for (auto& [name, tensor] : expert->named_tensors()) list.push_back({prefix + name, tensor});
  }
  return list;
}

void DitExperts::set_training(bool on) {
  high_noise_.set_training(on);
  low_noise_.set_training(on);
}

GeneratorSpec DitExperts::spec() const { return high_noise_.spec(); }

DitGenerator& DitExperts::expert(const Tensor& sigma) {
  // In float32, as the noise level came: 0.9 is not below 0.9.
  const Tensor highest = sigma.detach().to(torch::kCPU, torch::kFloat).reshape({sigma.size(0), -1}).amax(1);
  const Tensor is_high = highest >= static_cast<float>(boundary_);
  const bool all_high = is_high.equal(torch::ones_like(is_high));
  if (!all_high && !is_high.equal(torch::zeros_like(is_high))) {
    throw InputError(
        fmt::format("the clips of a batch have noise levels on both sides of {}, where the experts change; draw the "
                    "levels of a batch from one side",
                    boundary_));
  }
  return all_high ? high_noise_ : low_noise_;
}

DenoiseResult DitExperts::denoise(const DenoiseRequest& request) { return expert(request.sigma).denoise(request); }

}  // namespace flashmotion::wan
