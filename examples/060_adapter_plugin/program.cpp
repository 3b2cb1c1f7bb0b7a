// One source, two ways: `plugin.cpp` is built as a shared library that any program of the toolkit can load, and linked
// into this program, which needs no file then. Both give the same component.

#include "flashmotion/core/rng.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/laws/component_laws.hpp"
#include "flashmotion/plugin/static_plugins.hpp"
#include "flashmotion/wan/dit.hpp"

#include <fmt/format.h>

namespace flashmotion::example {

inline ComponentNode bias() {
  ComponentNode table;
  table.use = "bias";
  return table;
}

/// Judges the adapter by the laws of its kind, as `flashmotion plugins check` does.
inline bool keeps_its_laws(const Catalog& catalog) {
  std::size_t kept = 0;
  const LawResults laws = judge_component("adapter", catalog, bias());
  for (const LawResult& law : laws) {
    kept += law.holds ? 1 : 0;
    if (!law.holds) fmt::print("  breaks {}: {}\n", law.law, law.detail);
  }
  fmt::print("  keeps {} of {} laws\n", kept, laws.size());
  return kept == laws.size();
}

}  // namespace flashmotion::example

int main() {
  using namespace flashmotion;
  Catalog linked;
  add_static_plugins(linked);
  fmt::print("{}\n", origin_text(linked.adapters.find("bias")->origin));
  const bool good = example::keeps_its_laws(linked);

  Catalog loaded;
  PluginHost host({{FLASHMOTION_EXAMPLE_PLUGIN}, {}});
  host.load_files(loaded);
  fmt::print("{}\n", origin_text(loaded.adapters.find("bias")->origin));
  return good && example::keeps_its_laws(loaded) ? 0 : 1;
}
