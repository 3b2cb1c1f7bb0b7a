#include "flashmotion/train/ablation.hpp"

#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/overrides.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_document.hpp"

#include <fmt/format.h>

#include <cctype>
#include <filesystem>
#include <set>
#include <string_view>

namespace flashmotion {
namespace ablation_detail {

/// `objective.gan.weight` of `stage.fast_adapter.objective.gan.weight`: at most the last two parts.
std::string short_key(const std::string& key) {
  const std::size_t last = key.rfind('.');
  const std::size_t before = last == std::string::npos || last == 0 ? std::string::npos : key.rfind('.', last - 1);
  return before == std::string::npos ? key : key.substr(before + 1);
}

/// All combinations of the grid's values.
std::vector<AblationVariant> combinations(const std::vector<AblationGridConfig>& grid) {
  std::vector<AblationVariant> made;
  for (const AblationGridConfig& axis : grid) {
    const std::vector<AblationVariant> before =
        made.empty() ? std::vector<AblationVariant>{AblationVariant{}} : std::move(made);
    made.clear();
    for (const AblationVariant& variant : before) {
      for (const std::string& value : axis.values) {
        AblationVariant next = variant;
        next.name += fmt::format("{}{}={}", next.name.empty() ? "" : ",", short_key(axis.key), value);
        next.changes.push_back(axis.key + "=" + value);
        made.push_back(std::move(next));
      }
    }
  }
  return made;
}

/// A name as that of a folder.
bool is_folder_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.size() > 120) return false;
  for (const char c : name)
    if (c == '/' || c == '\\' || std::iscntrl(static_cast<unsigned char>(c)) != 0) return false;
  return true;
}

}  // namespace ablation_detail

Ablation read_ablation(const std::string& path) {
  using namespace ablation_detail;
  const TomlDocument document = TomlDocument::from_file(path);
  Diagnostics diagnostics;
  diagnostics.add_source(document.file(), document.text());
  const auto config = read_config<AblationConfig>(document.root(), diagnostics);
  diagnostics.throw_if_any();

  Ablation ablation;
  ablation.recipe = (std::filesystem::path(path).parent_path() / config.recipe).lexically_normal().string();
  ablation.seeds = config.seeds;
  ablation.report = config.report;
  const auto changes = [](const std::vector<std::string>& set, const std::vector<std::string>& drop) {
    std::vector<std::string> list = set;
    for (const std::string& gone : drop) list.push_back(std::string(kDropPrefix) + gone);
    return list;
  };
  for (const AblationVariantConfig& variant : config.variant)
    ablation.variants.push_back({variant.name, changes(variant.set, variant.drop)});
  for (AblationVariant& variant : combinations(config.grid)) ablation.variants.push_back(std::move(variant));

  const std::vector<std::string> common = changes(config.set, config.drop);
  const SourceRegion top = document.root().region();
  if (ablation.variants.empty()) diagnostics.error(top, "an ablation needs a [[variant]] or a [[grid]]");
  std::set<std::string> names;
  for (AblationVariant& variant : ablation.variants) {
    if (!names.insert(variant.name).second)
      diagnostics.error(top, fmt::format("the variant '{}' exists twice; give each its own name", variant.name));
    if (!is_folder_name(variant.name))
      diagnostics.error(top, fmt::format("the variant '{}' cannot be a folder's name; choose another", variant.name));
    variant.changes.insert(variant.changes.begin(), common.begin(), common.end());
  }
  std::set<std::int64_t> seeds;
  for (const std::int64_t seed : ablation.seeds)
    if (!seeds.insert(seed).second) diagnostics.error(top, fmt::format("the seed {} stands twice in 'seeds'", seed));
  diagnostics.throw_if_any();
  return ablation;
}

}  // namespace flashmotion
