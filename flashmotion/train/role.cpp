#include "flashmotion/train/role.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <utility>

namespace flashmotion {

void copy_values(const NamedTensors& from, const NamedTensors& to) {
  if (from.size() != to.size()) {
    throw Error(fmt::format("{} tensors cannot fill {}; the two networks differ", from.size(), to.size()));
  }
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i].name != to[i].name || from[i].tensor.sizes() != to[i].tensor.sizes()) {
      throw Error(
          fmt::format("tensor '{}' cannot fill tensor '{}'; the two networks differ", from[i].name, to[i].name));
    }
    Tensor target = to[i].tensor;
    target.copy_(from[i].tensor);
  }
}

NamedTensors clone_values(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const NamedTensor& t : tensors) copies.push_back({t.name, t.tensor.detach().clone()});
  return copies;
}

NamedTensors wide_values(const NamedTensors& tensors) {
  NamedTensors copies = clone_values(tensors);
  for (NamedTensor& t : copies) t.tensor = t.tensor.to(torch::kFloat);
  return copies;
}

void require_gradients(const NamedTensors& parameters, bool on) {
  for (const NamedTensor& p : parameters) p.tensor.requires_grad_(on);
}

Role::Role(std::string name, NamedTensors parameters, const OptimiserConfig& optimiser, double ema)
    : name_(std::move(name)),
      parameters_(std::move(parameters)),
      config_(optimiser),
      optimiser_(optimiser, parameters_),
      ema_(ema),
      average_(ema > 0.0 ? wide_values(parameters_) : NamedTensors{}),
      updates_(torch::zeros({}, torch::kLong)),
      rate_(torch::ones({}, torch::kFloat64)) {}

void Role::lower_learning_rate(double factor) { rate_.mul_(factor); }

Tensor Role::descend(const Tensor& loss, std::int64_t step, std::int64_t steps) {
  clear_gradients();
  loss.backward();
  return follow_gradients(step, steps);
}

Tensor Role::follow_gradients(std::int64_t step, std::int64_t steps) {
  Tensor norm = optimiser_.step(rate_.item<double>() * learning_rate_factor(config_, step, steps));
  optimiser_.clear_gradients();
  updates_.add_(1);
  const torch::NoGradGuard no_grad;
  // The average follows quickly at first, so that it forgets the start.
  const double n = updates_.item<double>();
  const double decay = std::min(ema_, n / (n + 9.0));
  for (std::size_t i = 0; i < average_.size(); ++i)
    average_[i].tensor.lerp_(parameters_[i].tensor.to(average_[i].tensor.scalar_type()), 1.0 - decay);
  return norm;
}

NamedTensors Role::state() const {
  NamedTensors list;
  const auto add = [&](const char* part, const NamedTensors& tensors) {
    for (const NamedTensor& t : tensors) list.push_back({fmt::format("{}.{}.{}", name_, part, t.name), t.tensor});
  };
  add("parameter", parameters_);
  add("average", average_);
  add("optimiser", optimiser_.state());
  list.push_back({name_ + ".updates", updates_});
  list.push_back({name_ + ".rate", rate_});
  return list;
}

TrainingScope::TrainingScope(const Role& role) : role_(role) { require_gradients(role.parameters(), true); }
TrainingScope::~TrainingScope() { require_gradients(role_.parameters(), false); }

}  // namespace flashmotion
