#include "flashmotion/train/recipe.hpp"

#include "flashmotion/base/suggest.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/extends.hpp"
#include "flashmotion/recipe/overrides.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "flashmotion/train/parts.hpp"
#include "flashmotion/train/plugin_record.hpp"
#include "flashmotion/train/recipe_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

namespace flashmotion {
namespace recipe_detail {

// Checks what no single table shows: names that refer to one another.
class References {
 public:
  References(RecipeConfig& recipe, const TreeNode& root, Diagnostics& diagnostics)
      : recipe_(recipe), root_(root), diagnostics_(diagnostics) {}

  void check() {
    if (recipe_.stage.empty()) diagnostics_.error(root_.region(), "a recipe needs at least one [[stage]]");
    for (std::size_t i = 0; i < recipe_.stage.size(); ++i) check_stage(i);
    unique("sampler", recipe_.sampler);
    unique("variant", recipe_.variant);
    for (std::size_t i = 0; i < recipe_.variant.size(); ++i) check_variant(i);
    for (std::size_t i = 0; i < recipe_.expectation.size(); ++i) check_expectation(i);
    if (recipe_.discriminator && !recipe_.discriminator->features.empty()) {
      need_stage(root_.child("discriminator"), "features", recipe_.discriminator->features, recipe_.stage.size(), true);
    }
    if (recipe_.discriminator) check_features(*recipe_.discriminator);
    if (recipe_.text.use == TextEncoderKind::umt5 && recipe_.text.checkpoint.empty())
      error(root_.child("text"), "use", "'umt5' needs 'checkpoint', the folder of a Wan checkpoint");
    if (recipe_.validation.metric == "centre_error" && recipe_.data.use != "toy_motion") {
      error(root_.child("validation"), "metric",
            "'centre_error' needs the fixed colours of toy_motion; choose 'box_iou' or another figure");
    }
  }

 private:
  const TreeNode* entry(const char* key, std::size_t i) const {
    const TreeNode* list = root_.child(key);
    return list != nullptr && i < list->size() ? &list->element(i) : nullptr;
  }
  void error(const TreeNode* table, std::string_view key, const std::string& message) {
    SourceRegion where;
    if (table != nullptr) where = table->child(key) != nullptr ? table->child(key)->region() : table->region();
    diagnostics_.error(where, message);
  }
  template <class T>
  void unique(const char* key, const std::vector<T>& list) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!seen.insert(list[i].name).second) {
        error(entry(key, i), "name",
              fmt::format("the {} '{}' exists twice; give each its own name", key, list[i].name));
      }
    }
  }

  // A reference to one of the first `before` stages that hands on a generator (or else an adapter).
  void need_stage(const TreeNode* table, const char* key, const std::string& name, std::size_t before, bool generator) {
    std::vector<std::string> fitting;
    for (std::size_t i = 0; i < before; ++i) {
      const StageConfig& stage = recipe_.stage[i];
      if (generator ? leaves_generator(stage) : leaves_adapter(stage)) fitting.push_back(stage.name);
    }
    if (std::find(fitting.begin(), fitting.end(), name) != fitting.end()) return;
    const char* role = generator ? "a generator" : "an adapter";
    if (name.empty()) {
      error(table, key, fmt::format("'{}' is missing; name the stage that makes {}", key, role));
    } else if (fitting.empty()) {
      error(table, key, fmt::format("'{}' is '{}', but no earlier stage makes {}", key, name, role));
    } else {
      error(table, key,
            fmt::format("'{}' is '{}', which is no earlier stage that makes {}; there are {}", key, name, role,
                        quoted_list(fitting)));
    }
  }

  // A fake score is left by a distillation that is trained, not by one that is loaded.
  void check_features(const DiscriminatorConfig& config) {
    if (config.features_role != FeatureRole::fake_score) return;
    std::vector<std::string> fitting;
    for (const StageConfig& stage : recipe_.stage) {
      const bool scores = std::any_of(stage.objective.begin(), stage.objective.end(),
                                      [](const ObjectiveConfig& o) { return o.target == "fake_score"; });
      if (stage.use == StageKind::distil && stage.load.empty() && scores) fitting.push_back(stage.name);
    }
    if (std::find(fitting.begin(), fitting.end(), config.features) != fitting.end()) return;
    error(root_.child("discriminator"), "features_role",
          fmt::format("'features_role' is 'fake_score', but 'features' is '{}', which is no stage that trains one{}",
                      config.features, fitting.empty() ? "" : "; there are " + quoted_list(fitting)));
  }

  void check_stage(std::size_t i) {
    const StageConfig& stage = recipe_.stage[i];
    const TreeNode* table = entry("stage", i);
    for (std::size_t k = 0; k < i; ++k) {
      if (recipe_.stage[k].name == stage.name) {
        error(table, "name", fmt::format("the stage '{}' exists twice; give each its own name", stage.name));
      }
    }
    if (stage.name.empty() || stage.name.find_first_of("/\\. \t") != std::string::npos) {
      error(table, "name", "'name' is a folder's name too: letters, digits, '_' and '-' only");
    }
    std::vector<std::string> roles;
    switch (stage.use) {
      case StageKind::pretrain:
        roles = {"generator"};
        break;
      case StageKind::adapter:
        roles = {"adapter"};
        need_stage(table, "generator", stage.generator, i, true);
        break;
      case StageKind::distil:
        roles = {"generator", "fake_score"};
        need_stage(table, "generator", stage.generator, i, true);
        if (stage.adapter.empty()) break;
        need_stage(table, "adapter", stage.adapter, i, false);
        if (!stage.load.empty())
          error(table, "load", "'load' takes one network, but with 'adapter' this stage has two");
        break;
      case StageKind::hybrid:
        roles = {"adapter", "discriminator"};
        need_stage(table, "generator", stage.generator, i, true);
        need_stage(table, "adapter", stage.adapter, i, false);
        if (!recipe_.discriminator) {
          diagnostics_.error(table != nullptr ? table->region() : SourceRegion{},
                             "a hybrid stage needs a [discriminator] table with 'use'");
        }
        break;
    }
    if (!stage.preview.empty()) need_sampler(table, "preview", stage.preview);
    if (leaves_adapter(stage) && !recipe_.adapter) {
      diagnostics_.error(table != nullptr ? table->region() : SourceRegion{},
                         fmt::format("the stage '{}' needs an [adapter] table with 'use'", stage.name));
    }
    const TreeNode* objectives = table != nullptr ? table->child("objective") : nullptr;
    std::set<std::string> names;
    bool trains = false;
    for (std::size_t k = 0; k < stage.objective.size(); ++k) {
      const ObjectiveConfig& objective = stage.objective[k];
      const TreeNode* place = objectives != nullptr && k < objectives->size() ? &objectives->element(k) : table;
      if (!names.insert(objective.name).second) {
        error(place, "name", fmt::format("the objective '{}' exists twice in this stage", objective.name));
      }
      if (std::find(roles.begin(), roles.end(), objective.target) == roles.end()) {
        error(place, "target",
              fmt::format("'target' is '{}'; a stage of this kind trains {}", objective.target, quoted_list(roles)));
      }
      trains = trains || objective.target == roles.front();
    }
    if (!trains) {
      diagnostics_.error(
          table != nullptr ? table->region() : SourceRegion{},
          fmt::format("the stage '{}' has no objective with target = \"{}\"", stage.name, roles.front()));
    }
  }

  void need_sampler(const TreeNode* table, const char* key, const std::string& name) {
    std::vector<std::string> samplers;
    for (const SamplerConfig& sampler : recipe_.sampler) samplers.push_back(sampler.name);
    if (std::find(samplers.begin(), samplers.end(), name) != samplers.end()) return;
    error(table, key, fmt::format("no [[sampler]] is named '{}'{}", name, suggestion(name, samplers, "there are")));
  }

  void check_variant(std::size_t i) {
    const VariantConfig& variant = recipe_.variant[i];
    const TreeNode* table = entry("variant", i);
    need_stage(table, "generator", variant.generator, recipe_.stage.size(), true);
    if (!variant.adapter.empty()) need_stage(table, "adapter", variant.adapter, recipe_.stage.size(), false);
    need_sampler(table, "sampler", variant.sampler);
    const auto distilled = [&](const StageConfig& s) {
      return s.name == variant.adapter && leaves_generator(s) && leaves_adapter(s);
    };
    if (!variant.drop.empty() && std::any_of(recipe_.stage.begin(), recipe_.stage.end(), distilled)) {
      error(table, "drop",
            fmt::format("'drop' retrains an adapter alone, but '{}' trains a generator with it; give it a stage of its "
                        "own",
                        variant.adapter));
      return;
    }
    for (const std::string& dropped : variant.drop) {
      const auto stage = std::find_if(recipe_.stage.begin(), recipe_.stage.end(),
                                      [&](const StageConfig& s) { return s.name == variant.adapter; });
      const bool known =
          stage != recipe_.stage.end() && std::any_of(stage->objective.begin(), stage->objective.end(),
                                                      [&](const ObjectiveConfig& o) { return o.name == dropped; });
      if (!known) {
        error(table, "drop",
              fmt::format("'drop' names '{}', which is no objective of the stage '{}'", dropped, variant.adapter));
      }
    }
  }

  void check_expectation(std::size_t i) {
    std::vector<std::string> names;
    for (const VariantConfig& variant : recipe_.variant) names.push_back(variant.name);
    const auto need = [&](const char* key, const std::string& name) {
      if (std::find(names.begin(), names.end(), name) != names.end()) return;
      error(entry("expectation", i), key,
            fmt::format("no [[variant]] is named '{}'{}", name, suggestion(name, names, "there are")));
    };
    need("variant", recipe_.expectation[i].variant);
    need("than", recipe_.expectation[i].than);
  }

  RecipeConfig& recipe_;
  const TreeNode& root_;
  Diagnostics& diagnostics_;
};

// Looks for the plugin that brings a component, then checks its table.
template <class Interface>
void check_component(Registry<Interface>& registry, ComponentNode& component, Catalog& catalog, PluginHost& host,
                     Diagnostics& diagnostics) {
  if (!component) return;
  if (!host.provide(kKindOf<Interface>, component.use, catalog)) {
    // For the message: all names that plugins would bring. Their stamps tell; nobody asked to load them.
    for (const PluginInspection& plugin : host.list()) {
      if (!plugin.accepted()) continue;
      const auto origin =
          std::make_shared<const PluginOrigin>(PluginOrigin{plugin.name, plugin.version, plugin.file, nullptr});
      for (const ProvidedComponent& part : plugin.provides)
        if (part.kind == to_string(kKindOf<Interface>)) registry.add_hint({part.name, origin});
    }
  }
  registry.check(component, diagnostics);
}

}  // namespace recipe_detail

Recipe::Recipe() = default;
Recipe::Recipe(Recipe&&) noexcept = default;
Recipe& Recipe::operator=(Recipe&&) noexcept = default;
Recipe::~Recipe() = default;

const StageConfig* Recipe::find_stage(std::string_view name) const {
  for (const StageConfig& stage : config.stage) {
    if (stage.name == name) return &stage;
  }
  return nullptr;
}

std::string Recipe::resolved_in(const std::string& other_folder) const {
  namespace fs = std::filesystem;
  const fs::path there = fs::weakly_canonical(fs::absolute(other_folder));
  const auto move = [&](std::string& file) {
    if (file.empty() || fs::path(file).is_absolute()) return;
    file = fs::weakly_canonical(fs::absolute(fs::path(folder) / file)).lexically_relative(there).generic_string();
  };
  RecipeConfig moved = config;
  move(moved.codec.load);
  move(moved.text.checkpoint);
  if (const auto& codec = moved.codec.codec.resolved; codec != nullptr && codec->child("checkpoint") != nullptr) {
    std::string file(codec->child("checkpoint")->string_value());
    move(file);
    TreeNode::Ptr changed = TreeNode::copy(*codec);
    changed->put("checkpoint", TreeNode::make_string(file, {}), {});
    moved.codec.codec.resolved = std::move(changed);
  }
  for (StageConfig& stage : moved.stage) move(stage.load);
  for (std::string& file : moved.plugins.files) move(file);
  return to_toml(*dump_config(moved));
}

Recipe read_recipe(const std::string& path, std::span<const std::string> overrides, Catalog& catalog,
                   PluginHost& host) {
  return read_recipe(TomlDocument::from_file(path), std::filesystem::path(path).parent_path().string(), overrides,
                     catalog, host);
}

Recipe read_recipe(TomlDocument document, std::string folder, std::span<const std::string> overrides, Catalog& catalog,
                   PluginHost& host) {
  using recipe_detail::check_component;
  Recipe recipe;
  recipe.document = std::make_unique<TomlDocument>(std::move(document));
  recipe.folder = std::move(folder);
  Diagnostics diagnostics;
  diagnostics.add_source(recipe.document->file(), recipe.document->text());
  apply_extends(*recipe.document, recipe.folder, diagnostics);
  bring_files_home(recipe.document->root(), recipe.document->file(), recipe.folder);
  apply_overrides(recipe.document->root(), overrides, diagnostics);
  RecipeConfig& config = recipe.config;
  config = read_config<RecipeConfig>(recipe.document->root(), diagnostics);

  // What a resolved recipe records is no key of the experiment: it goes back to the end of the text.
  const std::vector<UsedPlugin> recorded = std::exchange(config.plugins.used, {}).value_or(std::vector<UsedPlugin>{});
  host.load_files(catalog);
  const auto from_here = [&](const std::string& file) {
    return (std::filesystem::path(recipe.folder) / file).lexically_normal().string();
  };
  for (const std::string& file : config.plugins.files) {
    const std::filesystem::path place = file;
    host.load(place.is_absolute() ? file : (std::filesystem::path(recipe.folder) / place).string(), catalog);
  }
  for (const UsedPlugin& plugin : recorded) host.search_file(from_here(plugin.file));
  check_dataset(config.data, diagnostics);
  check_codec(config.codec.codec, diagnostics);
  check_generator(config.generator, diagnostics);
  check_component(catalog.trajectory_encoders, config.trajectory, catalog, host, diagnostics);
  check_component(catalog.adapters, config.adapter, catalog, host, diagnostics);
  if (config.discriminator) check_component(catalog.heads, config.discriminator->head, catalog, host, diagnostics);
  for (StageConfig& stage : config.stage) {
    for (ObjectiveConfig& objective : stage.objective) {
      check_component(catalog.objectives, objective.objective, catalog, host, diagnostics);
      check_component(catalog.schedules, objective.weight.component, catalog, host, diagnostics);
    }
  }
  for (SamplerConfig& sampler : config.sampler) {
    check_component(catalog.samplers, sampler.sampler, catalog, host, diagnostics);
  }
  if (diagnostics.empty()) recipe_detail::References(config, recipe.document->root(), diagnostics).check();
  if (diagnostics.empty()) check_fit(config.data, config.codec.codec, config.generator, config.text.width, diagnostics);
  diagnostics.throw_if_any();
  recipe.resolved = to_toml(*dump_config(config));
  recipe.plugins = host.loaded();
  recipe.plugin_changes = plugin_changes(recorded, recipe.plugins);
  return recipe;
}

}  // namespace flashmotion
