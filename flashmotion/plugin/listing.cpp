#include "flashmotion/plugin/listing.hpp"

#include "flashmotion/plugin/guard.hpp"

#include <fmt/format.h>

namespace flashmotion {
namespace listing_detail {

template <class Interface>
std::vector<ParameterDoc> parameters(const typename Registry<Interface>::Record& record) {
  if (!record.origin) return record.entry.describe();
  return guarded(
      *record.origin, [&] { return fmt::format("describing the {} '{}'", noun(kKindOf<Interface>), record.name); },
      [&] { return record.entry.describe(); });
}

}  // namespace listing_detail

std::vector<ComponentDoc> describe_components(const Catalog& catalog) {
  std::vector<ComponentDoc> list;
  for_each_registry(catalog, [&]<class Interface>(const Registry<Interface>& registry) {
    for (const auto& record : registry.records())
      list.push_back(
          {to_string(kKindOf<Interface>), record.name, record.doc, listing_detail::parameters<Interface>(record)});
  });
  return list;
}

void check_component(const Catalog& catalog, const std::string& kind, ComponentNode& table, Reporter& reporter) {
  for_each_registry(catalog, [&]<class Interface>(const Registry<Interface>& registry) {
    if (kind == to_string(kKindOf<Interface>)) registry.check(table, reporter);
  });
}

}  // namespace flashmotion
