#include "flashmotion/plugin/detail/guard_caller.hpp"

#include "flashmotion/base/error.hpp"

#include <c10/core/ScalarType.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <unordered_set>

namespace flashmotion::guard_detail {

constexpr std::int64_t kDeviceInterval = 100;

std::string shape_text(const Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", tensor.size(i));
  return text + "]";
}

bool any_not_finite(std::initializer_list<const Tensor*> inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const Tensor* input) { return !all_finite(*input); });
}

void Caller::refuse(std::string_view method, std::string_view what) const {
  throw PluginError(fmt::format("plugin {} {}: {} {}", name_.origin->name, name_.origin->version, doing(method), what));
}

void Caller::expect_tensor(std::string_view method, const What& what, const Tensor& tensor,
                           const Expected& expected) const {
  if (!tensor.defined()) refuse(method, fmt::format("returned {} without a value", what.text()));
  if (!tensor.is_floating_point())
    refuse(method, fmt::format("returned {} that are no floating-point numbers", what.text()));
  const bool wide = expected.beside.defined() && expected.beside.scalar_type() == c10::kDouble;
  if (tensor.scalar_type() == c10::kDouble && !wide)
    refuse(method, fmt::format("returned {} in float64, expected float32", what.text()));
  if (tensor.dim() != expected.rank)
    refuse(method, fmt::format("returned {} of shape {}, expected {}", what.text(), shape_text(tensor), expected.axes));
  if (expected.beside.defined() && tensor.device() != expected.beside.device())
    refuse(method, fmt::format("returned {} on the device {}, what it was given is on {}", what.text(),
                               tensor.device().str(), expected.beside.device().str()));
}

void Caller::refuse_parameters(std::string_view method, const What& what, const NamedTensors& parameters) const {
  for (const NamedTensor& parameter : parameters) {
    if (all_finite(parameter.tensor)) continue;
    refuse(method, fmt::format("returned {} with numbers that are not finite, as its parameter '{}' is not; lower the "
                               "learning rate",
                               what.text(), parameter.name));
  }
}

const NamedTensors& Caller::expect_names(const NamedTensors& tensors) const {
  std::unordered_set<std::string_view> seen;
  for (const NamedTensor& entry : tensors) {
    if (!entry.tensor.defined()) refuse("named_tensors", fmt::format("returned '{}' without a value", entry.name));
    if (!seen.insert(entry.name).second) refuse("named_tensors", fmt::format("returned '{}' twice", entry.name));
  }
  return tensors;
}

bool Caller::due(const Tensor& tensor) const { return tensor.is_cpu() || device_results_++ % kDeviceInterval == 0; }

std::string Caller::doing(std::string_view method) const {
  return fmt::format("{}() of {} '{}'", method, noun(kind_), name_.name);
}

}  // namespace flashmotion::guard_detail
