#include "flashmotion/pipeline/adapter_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/train/plugin_record.hpp"
#include "flashmotion/trajectory/fill.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <vector>

namespace flashmotion {
namespace adapter_file_detail {

namespace fs = std::filesystem;

// What of a recipe an adapter is made by.
struct Tables {
  ComponentNode adapter;
  ComponentNode trajectory{.use = "fill"};

  static void fields(auto& f, auto& c) {
    f("adapter", c.adapter, "adapter");
    f("trajectory", c.trajectory, "trajectory encoder");
  }
};

// The text with these tables, and where it stands.
TomlDocument document_of(const SafetensorsFile& file, PluginHost& host) {
  std::error_code none;
  const fs::path run = fs::absolute(file.path(), none).parent_path().parent_path().parent_path();
  const fs::path recipe = run / "recipe.resolved.toml";
  const bool in_run = fs::exists(recipe, none);
  if (in_run) {
    for (const UsedPlugin& plugin : read_plugins_record(recipe)) host.search_file((run / plugin.file).string());
  }
  const auto parts = file.metadata().find("parts");
  if (parts != file.metadata().end()) return TomlDocument::from_text(parts->second, file.path().string());
  if (!in_run) {
    throw InputError(
        fmt::format("'{}' does not say which adapter it is; give it where it was made, as "
                    "runs/NAME/stages/STAGE/final.adapter.safetensors",
                    file.path().string()));
  }
  return TomlDocument::from_file(recipe.string());
}

Tables read_tables(const TomlDocument& document) {
  std::vector<std::string> others = document.root().keys();
  std::erase_if(others, [](const std::string& key) { return key == "adapter" || key == "trajectory"; });
  Diagnostics mistakes;
  Tables tables = read_config<Tables>(document.root(), mistakes, others);
  mistakes.throw_if_any();
  return tables;
}

// Puts views of the file in place, after all has been compared.
void install(const SafetensorsFile& file, const NamedTensors& targets, const std::string& model) {
  const auto shape_text = [](at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); };
  const auto refuse = [&](const std::string& why) {
    throw InputError(
        fmt::format("'{}' is an adapter for another model than '{}': {}; give the model that it was "
                    "trained with",
                    file.path().string(), model, why));
  };
  std::map<std::string, bool> known;
  for (const NamedTensor& target : targets) {
    known[target.name] = true;
    if (!file.contains(target.name))
      refuse(fmt::format("it has no tensor '{}', which one for this model has", target.name));
    const std::vector<std::int64_t>& shape = file.shape(target.name);
    if (target.tensor.sizes() != at::IntArrayRef(shape)) {
      refuse(fmt::format("its tensor '{}' has the shape {}, one for this model {}", target.name, shape_text(shape),
                         shape_text(target.tensor.sizes())));
    }
    if (!c10::isFloatingType(file.dtype(target.name))) refuse(fmt::format("its tensor '{}' has integers", target.name));
  }
  for (const std::string& name : file.names()) {
    if (!known.contains(name)) refuse(fmt::format("it has a tensor '{}', which none for this model has", name));
  }
  const torch::NoGradGuard no_grad;
  for (const NamedTensor& target : targets) {
    Tensor(target.tensor).requires_grad_(false);
    target.tensor.set_data(file.tensor(target.name));
  }
}

}  // namespace adapter_file_detail

StoredAdapter open_adapter(const std::filesystem::path& path, const GeneratorSpec& spec, const std::string& model,
                           Catalog& catalog, PluginHost& host) {
  using namespace adapter_file_detail;
  const SafetensorsFile file(path);
  const auto& metadata = file.metadata();
  if (const auto role = metadata.find("role"); role != metadata.end() && role->second != "adapter") {
    throw InputError(fmt::format("'{}' holds the weights of a {} and not of an adapter", path.string(), role->second));
  }
  const auto seal = metadata.find("sha256");
  if (seal != metadata.end()) {
    if (const std::string damage = seal_damage(path); !damage.empty()) throw InputError(damage);
  }
  const TomlDocument document = document_of(file, host);
  Tables tables = read_tables(document);
  if (!tables.adapter) throw InputError(fmt::format("'{}' belongs to a recipe without an [adapter]", path.string()));
  if (!host.provide(ComponentKind::adapter, tables.adapter.use, catalog)) {
    throw InputError(
        fmt::format("'{}' is an adapter of the kind '{}', which no plugin here brings; name its file with "
                    "--plugin, or its folder with --plugin-dir",
                    path.string(), tables.adapter.use));
  }
  StoredAdapter stored;
  stored.kind = tables.adapter.use;
  stored.digest = seal != metadata.end() ? seal->second : sha256_of_file(path.string());
  BuildContext context;
  context.generator = spec;
  if (tables.trajectory.use == "fill") {
    stored.trajectory = AnyTrajectoryEncoder(Fill());
  } else {
    (void)host.provide(ComponentKind::trajectory_encoder, tables.trajectory.use, catalog);
    stored.trajectory = AnyTrajectoryEncoder(catalog.trajectory_encoders.make(tables.trajectory, context));
  }
  stored.adapter = AnyAdapter(catalog.adapters.make(tables.adapter, context));
  install(file, stored.adapter.named_tensors(), model);
  stored.adapter.set_training(false);
  return stored;
}

void place_adapter(StoredAdapter& stored, const Arithmetic& arithmetic) {
  const torch::NoGradGuard no_grad;
  for (const NamedTensor& tensor : stored.adapter.named_tensors()) {
    tensor.tensor.set_data(tensor.tensor.to(arithmetic.device).to(arithmetic.dtype));
  }
}

}  // namespace flashmotion
