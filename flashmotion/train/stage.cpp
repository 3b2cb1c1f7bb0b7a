#include "flashmotion/train/stage.hpp"

#include <torch/torch.h>

#include <utility>

namespace flashmotion {
namespace stage_detail {

// Gradients of a scalar on the parameters, in their order; undefined where it does not reach.
std::vector<Tensor> gradients_of(const Tensor& loss, const NamedTensors& parameters) {
  if (!loss.requires_grad()) return std::vector<Tensor>(parameters.size());
  std::vector<Tensor> list;
  for (const NamedTensor& p : parameters) list.push_back(p.tensor);
  return torch::autograd::grad({loss}, list, {}, true, false, true);
}

// In float64: the sums are long.
Tensor product(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  Tensor sum = torch::zeros({}, torch::kFloat64);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].defined() && b[i].defined()) sum = sum + (a[i].to(torch::kFloat64) * b[i].to(torch::kFloat64)).sum().cpu();
  }
  return sum;
}

void measure_terms(const NamedTensors& parameters, StackValue& value) {
  std::vector<std::vector<Tensor>> gradients;
  std::vector<Tensor> whole(parameters.size());
  for (const Tensor& summand : value.weighted) {
    gradients.push_back(gradients_of(summand, parameters));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const Tensor& part = gradients.back()[i];
      if (part.defined()) whole[i] = whole[i].defined() ? whole[i] + part : part;
    }
  }
  const Tensor length = product(whole, whole).sqrt();
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    TermValue& term = value.terms[t];
    term.gradient_norm = product(gradients[t], gradients[t]).sqrt();
    // Zero where one of the two is: nobody pulls.
    term.gradient_cosine = product(gradients[t], whole) / (term.gradient_norm * length).clamp_min(1e-300);
    term.gradient_cosine.clamp_(-1.0, 1.0);  // the last bit of a quotient
  }
}

}  // namespace stage_detail

IStage::~IStage() = default;

void train_roles(std::span<Role* const> roles, const ObjectiveStack& objectives, QuantitySource& source,
                 std::int64_t step, std::int64_t steps, StepReport& report) {
  StackValue value = objectives(source, step);
  if (value.total.defined() && roles.front()->measures_terms(step)) {
    NamedTensors parameters;
    for (const Role* role : roles)
      parameters.insert(parameters.end(), role->parameters().begin(), role->parameters().end());
    stage_detail::measure_terms(parameters, value);
  }
  value.weighted.clear();
  for (TermValue& term : value.terms) report.terms.push_back(std::move(term));
  if (!value.total.defined()) return;
  for (Role* role : roles) role->clear_gradients();
  value.total.backward();
  for (Role* role : roles) report.gradient_norms.emplace_back(role->name(), role->follow_gradients(step, steps));
}

void train_role(Role& role, const ObjectiveStack& objectives, QuantitySource& source, std::int64_t step,
                std::int64_t steps, StepReport& report) {
  Role* const alone[]{&role};
  train_roles(alone, objectives, source, step, steps, report);
}

}  // namespace flashmotion
