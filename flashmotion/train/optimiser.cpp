#include "flashmotion/train/optimiser.hpp"

#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace optimiser_detail {

// Newton-Schulz iteration of fifth order towards the nearest orthogonal matrix; coefficients of the Muon optimiser.
Tensor orthogonalise(const Tensor& gradient) {
  const bool tall = gradient.size(0) > gradient.size(1);
  Tensor x = gradient / (gradient.norm() + 1e-7);
  if (tall) x = x.t();
  for (int i = 0; i < 5; ++i) {
    const Tensor a = x.mm(x.t());
    x = 3.4445 * x + at::addmm(-4.7750 * a, a, a, 1.0, 2.0315).mm(x);
  }
  return tall ? x.t() : x;
}

}  // namespace optimiser_detail

double learning_rate_factor(const OptimiserConfig& config, std::int64_t step, std::int64_t steps) {
  const double warm = config.warmup > 0 ? static_cast<double>(step + 1) / static_cast<double>(config.warmup) : 1.0;
  const double left = static_cast<double>(std::max<std::int64_t>(1, steps - config.warmup));
  const double gone = static_cast<double>(std::max<std::int64_t>(0, step - config.warmup)) / left;
  return std::min(1.0, warm) * (1.0 - (1.0 - config.final_fraction) * std::min(1.0, gone));
}

Optimiser::Optimiser(const OptimiserConfig& config, NamedTensors parameters) : config_(config) {
  for (NamedTensor& p : parameters) {
    const bool elsewhere = config.offload && !p.tensor.device().is_cpu();
    const torch::Device place = elsewhere ? torch::Device(torch::kCPU) : p.tensor.device();
    const auto options = torch::TensorOptions().dtype(torch::kFloat).device(place);
    Slot slot;
    slot.name = p.name;
    slot.parameter = slot.master = p.tensor;
    if (elsewhere || p.tensor.scalar_type() != torch::kFloat)
      slot.master = p.tensor.detach().to(options, /*non_blocking=*/false, /*copy=*/true);
    slot.first = torch::zeros_like(slot.master);
    slot.count = torch::zeros({}, options);
    // The matrices of the blocks, and not the modulation tables, which are [1, 6, D].
    slot.matrix = config.use == OptimiserKind::muon && p.tensor.dim() == 2 && p.name.starts_with("blocks.");
    if (!slot.matrix) slot.second = torch::zeros_like(slot.master);
    slots_.push_back(std::move(slot));
  }
}

void Optimiser::clear_gradients() {
  for (Slot& slot : slots_) slot.parameter.mutable_grad() = Tensor();
}

Tensor Optimiser::step(double factor) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> gradients;
  for (const Slot& slot : slots_) {
    if (slot.parameter.grad().defined()) gradients.push_back(slot.parameter.grad());
  }
  if (gradients.empty()) return torch::zeros({});
  Tensor norm = torch::stack(at::_foreach_norm(gradients)).norm();
  const Tensor shrink = (config_.clip / (norm + 1e-6)).clamp_max(1.0);
  at::_foreach_mul_(gradients, shrink);

  std::vector<Tensor> parameters, used, first, second, counts;
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    Tensor gradient = slot.parameter.grad();
    if (has_copy(slot)) gradient = gradient.to(slot.master.options());
    if (slot.matrix) {
      matrix_step(slot, gradient, config_.matrix_learning_rate * factor);
      continue;
    }
    slot.count.add_(1);
    parameters.push_back(slot.master);
    used.push_back(gradient);
    first.push_back(slot.first);
    second.push_back(slot.second);
    counts.push_back(slot.count);
  }
  if (!parameters.empty()) {
    at::_fused_adamw_(parameters, used, first, second, {}, counts, config_.learning_rate * factor, config_.betas[0],
                      config_.betas[1], config_.weight_decay, 1e-8, false, false);
  }
  for (Slot& slot : slots_)
    if (has_copy(slot) && slot.parameter.grad().defined()) slot.parameter.copy_(slot.master);
  return norm;
}

void Optimiser::matrix_step(Slot& slot, const Tensor& gradient, double learning_rate) {
  slot.first.lerp_(gradient, 1.0 - config_.momentum);
  const Tensor ahead = gradient.lerp(slot.first, config_.momentum);  // Nesterov
  const double ratio = static_cast<double>(gradient.size(0)) / static_cast<double>(gradient.size(1));
  slot.master.sub_(optimiser_detail::orthogonalise(ahead), learning_rate * std::sqrt(std::max(1.0, ratio)));
}

NamedTensors Optimiser::state() const {
  NamedTensors list;
  for (const Slot& slot : slots_) {
    if (has_copy(slot)) list.push_back({slot.name + ".master", slot.master});
    list.push_back({slot.name + ".first", slot.first});
    if (slot.matrix) continue;
    list.push_back({slot.name + ".second", slot.second});
    list.push_back({slot.name + ".count", slot.count});
  }
  return list;
}

}  // namespace flashmotion
