#include "flashmotion/nn/checkpoint.hpp"

#include "flashmotion/base/error.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace flashmotion::nn {
namespace checkpoint_detail {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct HeldPass : torch::CustomClassHolder {
  explicit HeldPass(CheckpointedPass p) : pass(std::move(p)) {}
  CheckpointedPass pass;
};
using Held = c10::intrusive_ptr<HeldPass>;

void keep(AutogradContext& context, const Held& held, at::TensorList inputs) {
  context.saved_data["pass"] = c10::IValue::make_capsule(held);
  context.save_for_backward(inputs.vec());
}
Held held_by(AutogradContext& context) {
  return c10::static_intrusive_pointer_cast<HeldPass>(context.saved_data["pass"].toCapsule());
}

// Inputs as the pass is to see them when it runs again: x, the first, without what made it, so that the way back ends
// there; the others are held by the pass itself.
variable_list cut(variable_list inputs) {
  inputs.front() = inputs.front().detach().requires_grad_(true);
  return inputs;
}

// The gradient of a checkpoint as a function of its own: given x, the others and the gradient of the result. Going back
// through it, everything is run once more.
class Gradient : public Function<Gradient> {
 public:
  static variable_list forward(AutogradContext* context, const Held& held, at::TensorList given) {
    keep(*context, held, given);
    const torch::AutoGradMode on(true);
    const variable_list inputs = cut(given.slice(0, given.size() - 1).vec());
    variable_list found = of(held, inputs, given.back(), false);
    for (std::size_t i = 0; i < found.size(); ++i)
      if (!found[i].defined()) found[i] = at::zeros_like(inputs[i]);
    return found;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (at::GradMode::is_enabled()) {
      throw Error(
          "gradients of gradients of gradients do not go through checkpoints; set generator.checkpointing to false");
    }
    variable_list inputs = context->get_saved_variables();
    Tensor last = inputs.back().detach().requires_grad_(true);
    inputs.pop_back();
    const torch::AutoGradMode on(true);
    variable_list wanted = cut(inputs);
    const variable_list first = of(held_by(*context), wanted, last, true);
    variable_list outputs, weights;
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (!first[i].defined() || !first[i].requires_grad()) continue;
      outputs.push_back(first[i]);
      weights.push_back(gradients[i]);
    }
    wanted.push_back(last);
    variable_list result(1);  // none of the pass itself
    if (outputs.empty()) {
      result.resize(1 + wanted.size());
      return result;
    }
    const variable_list second = torch::autograd::grad(outputs, wanted, weights, std::nullopt, false, true);
    result.insert(result.end(), second.begin(), second.end());
    return result;
  }

  // Gradients of x and the others.
  static variable_list of(const Held& held, const variable_list& inputs, const Tensor& gradient, bool again) {
    return torch::autograd::grad({held->pass(inputs.front())}, inputs, {gradient}, again, again, /*allow_unused=*/true);
  }
};

class Checkpoint : public Function<Checkpoint> {
 public:
  // `inputs`: x, then the others.
  static Tensor forward(AutogradContext* context, const Held& held, at::TensorList inputs) {
    keep(*context, held, inputs);
    return held->pass(inputs.front());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list inputs = context->get_saved_variables();
    const Held held = held_by(*context);
    variable_list result(1 + inputs.size());  // none of the pass itself
    if (at::GradMode::is_enabled()) {
      variable_list given = inputs;
      given.push_back(gradients.front());
      const variable_list found = Gradient::apply(held, at::TensorList(given));
      std::copy(found.begin(), found.end(), result.begin() + 1);
      return result;
    }
    const torch::AutoGradMode on(true);
    const variable_list cut_inputs = cut(inputs);
    variable_list wanted;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!context->needs_input_grad(i)) continue;
      wanted.push_back(cut_inputs[i]);
      places.push_back(1 + i);
    }
    const variable_list found =
        torch::autograd::grad({held->pass(cut_inputs.front())}, wanted, gradients, false, false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < places.size(); ++i) result[places[i]] = found[i];
    return result;
  }
};

}  // namespace checkpoint_detail

torch::Tensor checkpointed(const CheckpointedPass& pass, const torch::Tensor& x,
                           const torch::autograd::variable_list& others) {
  torch::autograd::variable_list inputs{x};
  for (const torch::Tensor& other : others) {
    if (other.defined() && other.requires_grad()) inputs.push_back(other);
  }
  if (!at::GradMode::is_enabled() || (!x.requires_grad() && inputs.size() == 1)) return pass(x);
  return checkpoint_detail::Checkpoint::apply(c10::make_intrusive<checkpoint_detail::HeldPass>(pass),
                                              at::TensorList(inputs));
}

}  // namespace flashmotion::nn
