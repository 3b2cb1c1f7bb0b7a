#include "flashmotion/plugin/laws/tensors.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <system_error>

namespace flashmotion::law_tensors {
namespace tensors_detail {

/// A folder that goes again.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "flashmotion-laws-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw InputError(fmt::format("no folder '{}' can be made", name));
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tensors_detail

void shake_(const NamedTensors& tensors) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) tensor.add_(Rng(5, name).normal(tensor.sizes()).to(tensor) * 0.1);
}

NamedTensors copies(const NamedTensors& tensors) {
  NamedTensors list;
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor.detach().clone()});
  return list;
}

void copy_values_(const NamedTensors& from, const NamedTensors& to) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < from.size() && i < to.size(); ++i) to[i].tensor.copy_(from[i].tensor);
}

void copy_through_file_(const NamedTensors& from, const NamedTensors& to) {
  const tensors_detail::ScratchFolder scratch;
  write_safetensors(scratch.path() / "part.safetensors", from);
  load_into(SafetensorsFile(scratch.path() / "part.safetensors"), to);
}

bool has_cuda() { return cuda_problem().empty(); }

std::string shape_text(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string wrong_values(const std::string& what, const Tensor& have, at::IntArrayRef shape) {
  if (!have.defined()) return what + " has no value";
  if (have.sizes() != shape)
    return fmt::format("{} has shape {}, expected {}", what, shape_text(have.sizes()), shape_text(shape));
  if (!have.isfinite().all().item<bool>()) return what + " holds numbers that are not finite";
  return {};
}

double distance(const Tensor& have, const Tensor& want) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  if (have.sizes() != want.sizes()) return kFar;
  const Tensor a = have.detach().cpu().to(torch::kDouble);
  const Tensor b = want.detach().cpu().to(torch::kDouble);
  const double gap = (a - b).square().mean().sqrt().item<double>();
  if (!std::isfinite(gap)) return kFar;
  return gap == 0.0 ? 0.0 : gap / b.square().mean().sqrt().item<double>();
}

std::string difference(const NamedTensors& have, const NamedTensors& want) {
  if (have.size() != want.size()) return fmt::format("there are {} tensors, before {}", have.size(), want.size());
  for (std::size_t i = 0; i < have.size(); ++i) {
    if (have[i].name != want[i].name) return fmt::format("'{}' stands where '{}' was", have[i].name, want[i].name);
    if (have[i].tensor.sizes() != want[i].tensor.sizes() || !have[i].tensor.equal(want[i].tensor))
      return fmt::format("'{}' has other values", have[i].name);
  }
  return {};
}

std::string missing_gradient(const NamedTensors& tensors, const std::vector<Tensor>& results) {
  const auto clear = [&] {
    for (const NamedTensor& item : tensors) item.tensor.mutable_grad() = Tensor();
  };
  clear();
  Tensor total = torch::zeros({});
  for (const Tensor& result : results)
    total =
        total + (result.to(torch::kFloat) * Rng(6, "weights").normal(result.sizes()).to(result.device())).sum().cpu();
  if (!total.requires_grad()) return tensors.empty() ? "" : "the result has no gradient";
  total.backward();
  std::string wrong;
  for (const auto& [name, tensor] : tensors) {
    const Tensor& gradient = tensor.grad();
    if (!gradient.defined())
      wrong = fmt::format("no gradient reaches '{}'", name);
    else if (!gradient.isfinite().all().item<bool>())
      wrong = fmt::format("the gradient of '{}' is not finite", name);
    else if (gradient.abs().max().item<double>() == 0.0)
      wrong = fmt::format("the gradient of '{}' is zero everywhere", name);
    if (!wrong.empty()) break;
  }
  clear();
  return wrong;
}

}  // namespace flashmotion::law_tensors
