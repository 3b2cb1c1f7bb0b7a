#include "flashmotion/timing/workload.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>

#include <cmath>

namespace flashmotion::timing {
namespace workload_detail {

struct Known {
  const char* name;
  std::unique_ptr<Workload> (*make)(const WorkloadOptions&, const Catalog&);
};
constexpr std::array kKnown{
    Known{"forward", make_forward}, Known{"generate", make_generate}, Known{"train", make_train},
    Known{"decode", make_decode},   Known{"encode", make_encode},     Known{"text", make_text},
    Known{"load", make_load},       Known{"metrics", make_metrics},
};

void validate(const WorkloadOptions& options) {
  const auto [ft, fh, fw] = options.model.stride;
  const std::int64_t row = fh * options.model.dit.patch[1], column = fw * options.model.dit.patch[2];
  if ((options.frames - 1) % ft != 0)
    throw InputError(fmt::format("{} frames do not fit: give {} or {}", options.frames,
                                 1 + (options.frames - 1) / ft * ft, 1 + ((options.frames - 1) / ft + 1) * ft));
  if (options.size[0] % row != 0 || options.size[1] % column != 0) {
    const auto down = [](std::int64_t n, std::int64_t unit) { return std::max(unit, n / unit * unit); };
    throw InputError(fmt::format(
        "the size {}x{} does not fit: its sides are multiples of {} and {}; the nearest "
        "smaller is {}x{}",
        options.size[0], options.size[1], row, column, down(options.size[0], row), down(options.size[1], column)));
  }
}

}  // namespace workload_detail

Workload::~Workload() = default;

std::array<std::int64_t, 5> WorkloadOptions::latent() const {
  const auto [ft, fh, fw] = model.stride;
  return {1, model.dit.latent_channels, 1 + (frames - 1) / ft, size[0] / fh, size[1] / fw};
}

std::vector<std::string> workloads() {
  std::vector<std::string> names;
  names.reserve(workload_detail::kKnown.size());
  for (const auto& known : workload_detail::kKnown) names.emplace_back(known.name);
  return names;
}

std::unique_ptr<Workload> make_workload(const std::string& name, const WorkloadOptions& options,
                                        const Catalog& catalog) {
  for (const auto& known : workload_detail::kKnown) {
    if (known.name != name) continue;
    workload_detail::validate(options);
    return known.make(options, catalog);
  }
  throw InputError(fmt::format("no benchmark named '{}'{}", name, suggestion(name, workloads(), "there are")));
}

void fill_(const NamedTensors& tensors, const c10::Device& device, at::ScalarType dtype, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  at::Generator random = at::globalContext().defaultGenerator(device);
  random.set_current_seed(seed);
  const auto options = at::TensorOptions().device(device).dtype(dtype);
  for (const auto& [name, tensor] : tensors) {
    const bool is_scale = name.ends_with("gamma") || (tensor.dim() == 1 && name.ends_with("weight"));
    Tensor numbers;
    if (tensor.dim() > 1 && !is_scale) {
      const std::int64_t inputs = tensor.numel() / tensor.size(0);
      numbers = at::randn(tensor.sizes(), options).mul_(1.0 / std::sqrt(static_cast<double>(inputs)));
    } else {
      numbers = at::full(tensor.sizes(), is_scale ? 1.0 : 0.0, options);
    }
    const bool trained = tensor.requires_grad();
    Tensor(tensor).requires_grad_(false);
    tensor.set_data(numbers);
    Tensor(tensor).requires_grad_(trained);
  }
}

std::int64_t count(const NamedTensors& tensors) {
  std::int64_t sum = 0;
  for (const auto& [name, tensor] : tensors) sum += tensor.numel();
  return sum;
}

}  // namespace flashmotion::timing
