#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/registry.hpp"

#include <string>
#include <vector>

namespace flashmotion {

/// Calls `f` with the registry of each kind.
template <class C, class F>
void for_each_registry(C& catalog, F&& f) {
  // A further kind is one line more.
  f(catalog.adapters);
  f(catalog.heads);
  f(catalog.objectives);
  f(catalog.samplers);
  f(catalog.schedules);
  f(catalog.trajectory_encoders);
}

/// A component of a catalog, for listings and reference pages.
struct ComponentDoc {
  std::string kind;  // `adapter`, …
  std::string name;
  std::string doc;                       // one line
  std::vector<ParameterDoc> parameters;  // the keys of its table
};

/// All components of a catalog, by kind. Asks the plugins that brought them. Throws PluginError when one fails.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<ComponentDoc> describe_components(const Catalog& catalog);

/// Reports every mistake in the table of a component of this kind. Throws PluginError when its plugin fails.
FLASHMOTION_EXPORT void check_component(const Catalog& catalog, const std::string& kind, ComponentNode& table,
                                        Reporter& reporter);

}  // namespace flashmotion
