#include "flashmotion/train/descent.hpp"

#include "flashmotion/processes/gradients.hpp"

#include <torch/torch.h>

#include <cstddef>

namespace flashmotion {
namespace descent_detail {

using Gradients = std::vector<Tensor>;

// Gradients of a scalar on the parameters, in their order; undefined where it does not reach.
Gradients gradients_of(const Tensor& loss, const NamedTensors& parameters) {
  if (!loss.requires_grad()) return Gradients(parameters.size());
  Gradients list;
  for (const NamedTensor& p : parameters) list.push_back(p.tensor);
  return torch::autograd::grad({loss}, list, {}, true, false, true);
}

void add_to(Gradients& sum, const Gradients& more) {
  sum.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i)
    if (more[i].defined()) sum[i] = sum[i].defined() ? sum[i] + more[i] : more[i];
}

// In float64: the sums are long.
Tensor product(const Gradients& a, const Gradients& b) {
  Tensor sum = torch::zeros({}, torch::kFloat64);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].defined() && b[i].defined()) sum = sum + (a[i].to(torch::kFloat64) * b[i].to(torch::kFloat64)).sum().cpu();
  }
  return sum;
}

void compare_terms(const std::vector<Gradients>& gradients, std::vector<TermValue>& terms) {
  Gradients whole;
  for (const Gradients& part : gradients) add_to(whole, part);
  const Tensor length = product(whole, whole).sqrt();
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    TermValue& term = terms[t];
    term.gradient_norm = product(gradients[t], gradients[t]).sqrt();
    // Zero where one of the two is: nobody pulls.
    term.gradient_cosine = product(gradients[t], whole) / (term.gradient_norm * length).clamp_min(1e-300);
    term.gradient_cosine.clamp_(-1.0, 1.0);  // the last bit of a quotient
  }
}

}  // namespace descent_detail

Descent::Descent(std::vector<Role*> roles, const ObjectiveStack& objectives, std::int64_t step, std::int64_t steps,
                 const SampleShares& shares)
    : roles_(std::move(roles)), objectives_(objectives), step_(step), steps_(steps), shares_(shares) {
  for (const Role* role : roles_)
    parameters_.insert(parameters_.end(), role->parameters().begin(), role->parameters().end());
}

void Descent::add(QuantitySource& source) {
  StackValue value = objectives_(source, step_);
  const bool first = terms_.empty();
  if (value.total.defined() && roles_.front()->measures_terms(step_)) measure(value);
  value.weighted.clear();
  for (std::size_t t = 0; t < value.terms.size(); ++t) {
    if (first) {
      terms_.push_back(std::move(value.terms[t]));
    } else {
      terms_[t].value = terms_[t].value + value.terms[t].value;
    }
  }
  if (!value.total.defined()) return;
  any_ = true;
  for (Role* role : roles_) role->clear_gradients();
  if (shares_.accumulate == 1) {
    value.total.backward();
  } else {
    (value.total / static_cast<double>(shares_.accumulate)).backward();
  }
  if (!shares_.whole()) keep_gradients();
}

void Descent::measure(const StackValue& value) {
  using namespace descent_detail;
  measured_.resize(value.weighted.size());
  for (std::size_t t = 0; t < value.weighted.size(); ++t)
    add_to(measured_[t], gradients_of(value.weighted[t], parameters_));
}

// Summed in float32, whatever numbers the parameters are held in.
void Descent::keep_gradients() {
  const torch::NoGradGuard no_grad;
  gathered_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& gradient = parameters_[i].tensor.grad();
    if (!gradient.defined()) continue;
    if (gathered_[i].defined()) {
      gathered_[i].add_(gradient);
    } else {
      gathered_[i] = gradient.to(torch::kFloat);
    }
  }
}

void Descent::finish(StepReport& report) {
  if (any_ && !shares_.whole()) {
    if (shares_.processes != nullptr) mean_gradients(*shares_.processes, parameters_, gathered_);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      Tensor parameter = parameters_[i].tensor;
      parameter.mutable_grad() = gathered_[i];
    }
  }
  finish_terms();
  for (TermValue& term : terms_) report.terms.push_back(std::move(term));
  if (!any_) return;
  for (Role* role : roles_) report.gradient_norms.emplace_back(role->name(), role->follow_gradients(step_, steps_));
}

void Descent::finish_terms() {
  if (!shares_.whole() && !terms_.empty()) {
    std::vector<double> values;
    for (const TermValue& term : terms_) values.push_back(term.value.item<double>());
    const Tensor all = torch::tensor(values, torch::kFloat64);
    if (shares_.processes != nullptr) shares_.processes->sum_(all);
    all.div_(static_cast<double>(shares_.accumulate * shares_.size()));
    for (std::size_t t = 0; t < terms_.size(); ++t) terms_[t].value = all[static_cast<std::int64_t>(t)];
  }
  if (measured_.empty()) return;
  for (descent_detail::Gradients& gradients : measured_) {
    if (shares_.processes != nullptr) mean_gradients(*shares_.processes, parameters_, gradients);
    for (Tensor& gradient : gradients)
      if (gradient.defined() && shares_.accumulate > 1) gradient = gradient / static_cast<double>(shares_.accumulate);
  }
  descent_detail::compare_terms(measured_, terms_);
}

}  // namespace flashmotion
