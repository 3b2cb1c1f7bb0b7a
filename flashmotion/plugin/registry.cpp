#include "flashmotion/plugin/registry.hpp"

#include "flashmotion/base/suggest.hpp"
#include "flashmotion/plugin/registrar.hpp"
#include "flashmotion/recipe/node.hpp"

namespace flashmotion {

Registrar::~Registrar() = default;

std::string detail::unknown_component(ComponentKind kind, std::string_view wanted,
                                      const std::vector<KnownName>& known) {
  const std::string start = fmt::format("no {} named '{}'", noun(kind), printable(wanted));
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const KnownName& entry : known) names.push_back(entry.name);
  if (names.empty()) return start + "; none is known, a plugin has to bring it";
  const auto near = nearest_name(wanted, names);
  if (!near) {
    return fmt::format("{}; known {}s: {}; one of your own needs its file: --plugin FILE, or [plugins] files", start,
                       noun(kind), quoted_list(names));
  }
  std::string from;
  for (const KnownName& entry : known)
    if (entry.name == *near && entry.origin)
      from = fmt::format(" (from plugin {} {})", entry.origin->name, entry.origin->version);
  return fmt::format("{}; did you mean '{}'{}?", start, *near, from);
}

}  // namespace flashmotion
