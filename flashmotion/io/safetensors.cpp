#include "flashmotion/io/safetensors.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/safetensors_types.hpp"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace flashmotion {

bool SafetensorsFile::contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }

const SafetensorsFile::Entry& SafetensorsFile::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw InputError(fmt::format("'{}' has no tensor '{}'", path().string(), name));
  return found->second;
}

const std::vector<std::int64_t>& SafetensorsFile::shape(std::string_view name) const { return entry(name).shape; }

at::ScalarType SafetensorsFile::dtype(std::string_view name) const { return entry(name).dtype; }

Tensor SafetensorsFile::tensor(std::string_view name) const {
  const Entry& found = entry(name);
  return file_.view(found.begin, found.shape, found.dtype);
}

NamedTensors SafetensorsFile::tensors() const {
  NamedTensors all;
  for (const std::string& name : names_) all.push_back({name, tensor(name)});
  return all;
}

void load_into(const SafetensorsFile& file, const NamedTensors& targets, std::string_view prefix) {
  std::vector<std::string> problems;
  std::set<std::string> wanted;
  for (const NamedTensor& target : targets) {
    const std::string name = fmt::format("{}{}", prefix, target.name);
    wanted.insert(name);
    if (!file.contains(name)) {
      problems.push_back(fmt::format("tensor '{}' is missing, expected with shape {}", name,
                                     safetensors_detail::shape_text(target.tensor.sizes())));
    } else if (target.tensor.sizes() != at::IntArrayRef(file.shape(name))) {
      problems.push_back(fmt::format("tensor '{}' has the shape {}, expected {}", name,
                                     safetensors_detail::shape_text(file.shape(name)),
                                     safetensors_detail::shape_text(target.tensor.sizes())));
    } else if (c10::isFloatingType(file.dtype(name)) != c10::isFloatingType(target.tensor.scalar_type())) {
      problems.push_back(fmt::format("tensor '{}' has the type {}, expected {}", name, c10::toString(file.dtype(name)),
                                     c10::toString(target.tensor.scalar_type())));
    }
  }
  for (const std::string& name : file.names()) {
    if (std::string_view(name).substr(0, prefix.size()) == prefix && wanted.count(name) == 0) {
      problems.push_back(fmt::format("tensor '{}' with shape {} is not expected", name,
                                     safetensors_detail::shape_text(file.shape(name))));
    }
  }
  if (!problems.empty()) {
    constexpr std::size_t kShown = 12;
    std::string text = fmt::format("'{}' does not fit:", file.path().string());
    for (std::size_t i = 0; i < std::min(problems.size(), kShown); ++i) text += fmt::format("\n  {}", problems[i]);
    if (problems.size() > kShown) text += fmt::format("\n  and {} more", problems.size() - kShown);
    throw InputError(text);
  }
  const at::NoGradGuard no_grad;
  for (const NamedTensor& target : targets) target.tensor.copy_(file.tensor(fmt::format("{}{}", prefix, target.name)));
}

}  // namespace flashmotion
