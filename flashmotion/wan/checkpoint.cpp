#include "flashmotion/wan/checkpoint.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/detail/checkpoint_sources.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace flashmotion::wan {
namespace checkpoint_detail {

namespace fs = std::filesystem;

std::string shape_text(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

bool is_of(const JsonValue& config, ModelKind kind) {
  const auto text = [&](std::string_view key) {
    const auto value = config.find(key);
    return value && value->is_text() ? value->text() : std::string();
  };
  std::string name = text("_class_name");
  if (const auto list = config.find("architectures"); name.empty() && list && list->is_array()) {
    for (const JsonValue& entry : list->elements()) {
      if (entry.is_text()) name = entry.text();
    }
  }
  // A config.json without a class is known by a field of its own.
  const auto field = [&](std::string_view key) { return name.empty() && config.find(key).has_value(); };
  switch (kind) {
    case ModelKind::transformer:
      return name == "WanModel" || name == "WanTransformer3DModel" || field("ffn_dim");
    case ModelKind::vae21:
    case ModelKind::vae22:
      return name == "AutoencoderKLWan" || name == "WanVAE" || field("z_dim");
    case ModelKind::text_encoder:
      return name == "UMT5EncoderModel" || name == "UMT5Model" || field("d_model");
    case ModelKind::image_encoder:
      break;
  }
  return name.starts_with("CLIPVision") || name == "CLIPModel" || field("hidden_size");
}

std::optional<JsonValue> find_config(const Source& source, ModelKind kind) {
  std::error_code code;
  // What `convert` writes beside its own files belongs to them.
  const fs::path own = source.folder / (source.stem + ".json");
  if (fs::exists(own, code)) return read_json(own);
  const fs::path shared = source.folder / "config.json";
  if (!fs::exists(shared, code)) return std::nullopt;
  JsonValue config = read_json(shared);
  if (!config.is_object()) config.fail("must be an object of settings");
  return is_of(config, kind) ? std::optional(std::move(config)) : std::nullopt;
}

Role role_of(ModelKind kind, const Source& source) {
  switch (kind) {
    case ModelKind::transformer: {
      const bool low = source.folder.filename() == "transformer_2" || source.folder.filename() == "low_noise_model" ||
                       source.stem == "transformer_2" || source.stem.find("low_noise") != std::string::npos;
      return low ? Role::transformer_2 : Role::transformer;
    }
    case ModelKind::vae21:
    case ModelKind::vae22:
      return Role::vae;
    case ModelKind::text_encoder:
      return Role::text_encoder;
    case ModelKind::image_encoder:
      break;
  }
  return Role::image_encoder;
}

// Sorts tensors under clean names into what the network has and the rest.
void sort_tensors(std::map<std::string, StoredTensor>& clean, CheckpointComponent& component) {
  std::map<std::string, CheckpointTensor> known;
  for (auto& [name, stored] : clean) {
    if (ignorable_key(component.kind, component.layout, name)) continue;
    MappedKey key{name, {}};
    if (component.layout == KeyLayout::diffusers) {
      auto mapped = original_key(component.kind, name);
      if (!mapped) {
        component.surplus.push_back(std::move(stored));
        continue;
      }
      key = *std::move(mapped);
    } else if (diffusers_keys(component.kind, name).empty()) {
      component.surplus.push_back(std::move(stored));
      continue;
    }
    CheckpointTensor& tensor = known[key.name];
    // One table under two names.
    if (!tensor.parts.empty() && key.change.part < 0) continue;
    tensor.name = key.name;
    tensor.change = key.change;
    tensor.change.part = -1;
    const auto place = static_cast<std::size_t>(std::max(key.change.part, 0));
    if (key.change.part >= 0) tensor.parts.resize(3);
    if (tensor.parts.size() <= place) tensor.parts.resize(place + 1);
    tensor.parts[place] = std::move(stored);
  }
  for (auto& [name, tensor] : known) component.tensors.push_back(std::move(tensor));
}

// The vision tower as Transformers saves it since release 5: without the prefix that its names had before.
void add_vision_prefix(std::map<std::string, StoredTensor>& group) {
  if (!group.contains("embeddings.patch_embedding.weight")) return;
  std::map<std::string, StoredTensor> longer;
  for (auto& [name, stored] : group) longer.emplace("vision_model." + name, std::move(stored));
  group = std::move(longer);
}

// The networks in one source; several where one file holds them under prefixes.
void add_components(const Source& source, const CheckpointOptions& options, std::vector<CheckpointComponent>& all) {
  std::map<std::string, std::map<std::string, StoredTensor>> groups;  // by prefix
  for (StoredTensor& stored : read_source(source, options.weights)) {
    CleanKey key = clean_key(stored.name);
    auto& group = groups[key.prefix];
    const auto [place, fresh] = group.emplace(key.name, stored);
    if (fresh) continue;
    throw InputError(fmt::format("'{}': tensors '{}' and '{}' are the same one under two names; take one away",
                                 source.files.front().string(), place->second.name, stored.name));
  }
  for (auto& [prefix, group] : groups) {
    add_vision_prefix(group);
    const auto what = detect_keys([&g = group](std::string_view name) { return g.contains(std::string(name)); });
    if (!what) continue;
    CheckpointComponent component;
    component.kind = what->first;
    component.layout = what->second;
    component.role = role_of(component.kind, source);
    component.path = source.files.size() == 1 ? source.files.front() : source.folder;
    component.config = find_config(source, component.kind);
    sort_tensors(group, component);
    all.push_back(std::move(component));
  }
}

// Lines of an error, the first few of them.
std::string listed(const std::vector<std::string>& problems) {
  constexpr std::size_t kShown = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kShown); ++i) text += fmt::format("\n  {}", problems[i]);
  if (problems.size() > kShown) text += fmt::format("\n  and {} more", problems.size() - kShown);
  return text;
}

// The name that a tensor has in the files of this component.
std::string stored_name(const CheckpointComponent& component, const std::string& name) {
  if (component.layout == KeyLayout::original) return fmt::format("'{}'", name);
  std::vector<std::string> names;
  for (const MappedKey& key : diffusers_keys(component.kind, name)) names.push_back(fmt::format("'{}'", key.name));
  return names.empty() ? fmt::format("'{}'", name) : fmt::format("{} ('{}')", fmt::join(names, ", "), name);
}

// What is wrong with the tensor for one target; empty when nothing is.
std::string problem_of(const CheckpointComponent& component, const NamedTensor& target) {
  const CheckpointTensor* have = component.find(target.name);
  const std::string expected = shape_text(target.tensor.sizes());
  if (have == nullptr) {
    if (optional_key(component.kind, target.name)) return {};
    return fmt::format("tensor {} is missing, expected with shape {}", stored_name(component, target.name), expected);
  }
  for (const StoredTensor& part : have->parts) {
    if (!part.view.defined()) {
      return fmt::format("tensor '{}' is incomplete, it is joined of {}, expected with shape {}", target.name,
                         stored_name(component, target.name), expected);
    }
    if (!part.view.is_floating_point()) {
      return fmt::format("tensor '{}' of '{}' has the type {}, expected floating-point numbers", part.name,
                         part.file->path().string(), c10::toString(part.view.scalar_type()));
    }
  }
  const std::vector<std::int64_t> shape = have->shape();
  if (target.tensor.sizes() == at::IntArrayRef(shape)) return {};
  const StoredTensor& part = have->parts.front();
  return fmt::format(
      "tensor '{}' of '{}' has the shape {}, expected {}", part.name, part.file->path().string(),
      shape_text(have->parts.size() == 1 && have->change == KeyChange{} ? part.view.sizes() : at::IntArrayRef(shape)),
      expected);
}

// Small tensors lie where those of a network's own memory do, so that products come out the same to the last bit.
Tensor on_boundary(const Tensor& tensor) {
  constexpr std::uintptr_t kBoundary = 64;
  constexpr std::size_t kSmall = 1 << 20;
  const bool off = reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % kBoundary != 0;
  return off && tensor.nbytes() < kSmall ? tensor.clone() : tensor;
}

}  // namespace checkpoint_detail

at::ScalarType CheckpointTensor::dtype() const { return parts.front().view.scalar_type(); }

std::vector<std::int64_t> CheckpointTensor::shape() const {
  std::vector<std::int64_t> shape = parts.front().view.sizes().vec();
  if (parts.size() > 1 && !shape.empty()) {
    shape[0] = 0;
    for (const StoredTensor& part : parts) shape[0] += part.view.dim() > 0 ? part.view.size(0) : 0;
  }
  if (change.transposed && shape.size() == 2) std::swap(shape[0], shape[1]);
  shape.insert(shape.begin(), static_cast<std::size_t>(change.unit_axes), 1);
  return shape;
}

Tensor CheckpointTensor::tensor() const {
  if (parts.size() > 1) {
    std::vector<Tensor> views;
    for (const StoredTensor& part : parts) views.push_back(part.view);
    return at::cat(views, 0);
  }
  Tensor result = parts.front().view;
  if (change.transposed && result.dim() == 2) result = result.t();
  for (int i = 0; i < change.unit_axes; ++i) result = result.unsqueeze(0);
  return result;
}

void CheckpointTensor::forget() const {
  for (const StoredTensor& part : parts) {
    if (part.file) part.file->forget(part.view);
  }
}

const CheckpointTensor* CheckpointComponent::find(std::string_view name) const {
  const auto place =
      std::lower_bound(tensors.begin(), tensors.end(), name,
                       [](const CheckpointTensor& have, std::string_view want) { return have.name < want; });
  return place == tensors.end() || place->name != name ? nullptr : &*place;
}

const CheckpointComponent* Checkpoint::find(Role role) const {
  for (const CheckpointComponent& component : components) {
    if (component.role == role) return &component;
  }
  return nullptr;
}

const CheckpointComponent& Checkpoint::at(Role role) const {
  if (const CheckpointComponent* component = find(role)) return *component;
  std::vector<std::string_view> names;
  for (const CheckpointComponent& component : components) names.push_back(to_string(component.role));
  throw InputError(fmt::format("'{}' has no {}; it has: {}", path.string(), to_string(role), fmt::join(names, ", ")));
}

Checkpoint open_checkpoint(const std::filesystem::path& path, const CheckpointOptions& options) {
  using namespace checkpoint_detail;
  Checkpoint checkpoint{path, {}};
  for (const Source& source : find_sources(path)) add_components(source, options, checkpoint.components);
  if (checkpoint.components.empty()) {
    throw InputError(
        fmt::format("'{}' holds no network of the Wan family: none of its tensors has the name that a "
                    "transformer, an autoencoder or an encoder of text or pictures has",
                    path.string()));
  }
  std::stable_sort(checkpoint.components.begin(), checkpoint.components.end(),
                   [](const auto& a, const auto& b) { return a.role < b.role; });
  for (std::size_t i = 1; i < checkpoint.components.size(); ++i) {
    const auto& [before, here] = std::tie(checkpoint.components[i - 1], checkpoint.components[i]);
    if (before.role != here.role) continue;
    throw InputError(fmt::format("'{}' and '{}' both hold a {}; give one of them", before.path.string(),
                                 here.path.string(), to_string(here.role)));
  }
  return checkpoint;
}

void install(const CheckpointComponent& component, const NamedTensors& targets, const InstallOptions& options) {
  using namespace checkpoint_detail;
  std::vector<std::string> problems;
  std::set<std::string_view> wanted;
  for (const NamedTensor& target : targets) {
    wanted.insert(target.name);
    if (std::string problem = problem_of(component, target); !problem.empty()) problems.push_back(std::move(problem));
  }
  const auto surplus = [&](const StoredTensor& stored) {
    if (!stored.view.defined()) return;
    problems.push_back(fmt::format("tensor '{}' of '{}' with shape {} is not expected", stored.name,
                                   stored.file->path().string(), shape_text(stored.view.sizes())));
  };
  for (const CheckpointTensor& tensor : component.tensors) {
    if (wanted.contains(tensor.name) || optional_key(component.kind, tensor.name)) continue;
    std::for_each(tensor.parts.begin(), tensor.parts.end(), surplus);
  }
  std::for_each(component.surplus.begin(), component.surplus.end(), surplus);
  if (!problems.empty()) {
    const bool scaled = std::any_of(component.surplus.begin(), component.surplus.end(), [](const StoredTensor& stored) {
      return stored.name.find("scale") != std::string::npos || stored.name == "scaled_fp8";
    });
    throw InputError(fmt::format("'{}' does not fit the {}:{}{}", component.path.string(), to_string(component.kind),
                                 listed(problems),
                                 scaled ? "\nits 8-bit numbers have scales, which are not known here; take the file in "
                                          "bfloat16 or float16"
                                        : ""));
  }
  const at::NoGradGuard no_grad;
  for (const NamedTensor& target : targets) {
    const CheckpointTensor* have = component.find(target.name);
    if (have == nullptr) continue;
    const bool narrow = have->dtype() == at::ScalarType::Float8_e4m3fn || have->dtype() == at::ScalarType::Float8_e5m2;
    const at::ScalarType type = options.dtype.value_or(narrow ? at::kBFloat16 : have->dtype());
    const bool converted = type != have->dtype();
    target.tensor.set_data(on_boundary(have->tensor().to(type).contiguous()));
    if (converted || have->parts.size() > 1) have->forget();
  }
}

}  // namespace flashmotion::wan
