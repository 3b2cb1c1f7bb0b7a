#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/plugin/guard.hpp"
#include "flashmotion/plugin/origin.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// A plugin file that would bring a component but was refused.
struct RefusedProvider {
  std::string component;
  std::string refusal;  // a whole sentence that names the file
};

namespace detail {

struct KnownName {
  std::string name;
  Origin origin;
};
/// `no adapter named 'x'; did you mean 'y' (from plugin p 0.1.0)?`, or the list of names when none is near.
[[nodiscard]] FLASHMOTION_EXPORT std::string unknown_component(ComponentKind kind, std::string_view wanted,
                                                               const std::vector<KnownName>& known);

}  // namespace detail

/// Components of one kind under their names. A value: made where it is needed and passed on.
template <class Interface>
class Registry {
 public:
  struct Record {
    std::string name;
    std::string doc;
    Entry<Interface> entry;
    Origin origin;  // null: built in
  };

  /// Throws PluginError when the name is taken; the message names both origins.
  void add(const Entry<Interface>& entry, Origin origin = nullptr) {
    if (const Record* other = find(entry.name)) {
      throw PluginError(fmt::format("the {} '{}' exists twice: {} and {}; rename one or name only one of the files",
                                    noun(kKindOf<Interface>), entry.name, origin_text(other->origin),
                                    origin_text(origin)));
    }
    records_.push_back({entry.name, entry.doc, entry, std::move(origin)});
  }
  /// Remembers, for messages, a name that a file on the search path would bring.
  void add_hint(detail::KnownName hint) {
    for (const detail::KnownName& known : hints_)
      if (known.name == hint.name) return;
    hints_.push_back(std::move(hint));
  }
  /// Remembers, for messages, that a file would bring the component but was refused.
  void add_refusal(RefusedProvider refused) { refused_.push_back(std::move(refused)); }

  /// Null when there is none.
  [[nodiscard]] const Record* find(std::string_view name) const {
    for (const Record& record : records_)
      if (record.name == name) return &record;
    return nullptr;
  }
  /// In the order in which they were added.
  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Record& record : records_) names.push_back(record.name);
    return names;
  }

  /// Builds the component that `table.use` names. Throws RecipeError when the name is unknown or the table is wrong,
  /// PluginError when the plugin fails. Objects of plugins come guarded and keep their library.
  [[nodiscard]] std::shared_ptr<Interface> make(const ComponentNode& table, const BuildContext& context) const {
    const Record* record = find(table.use);
    if (record == nullptr) {
      std::string message = unknown(table.use);
      if (const std::string note = refusal(table.use); !note.empty()) message += "\n    " + note;
      throw RecipeError(message, table.use_region.begin);
    }
    if (!record->origin) return record->entry.make(table, context);
    const PluginOrigin& origin = *record->origin;
    const auto doing = [&] { return fmt::format("building the {} '{}'", noun(kKindOf<Interface>), record->name); };
    std::unique_ptr<Interface> object = guarded(origin, doing, [&] { return record->entry.make(table, context); });
    if (!object)
      throw PluginError(fmt::format("plugin {} {}: {} gave nothing back", origin.name, origin.version, doing()));
    return guard(std::move(object), {record->origin, record->name, context.generator});
  }

  /// Reports every mistake in a component's table, an unknown name included, and fills in `table.resolved`. Builds
  /// nothing. Throws PluginError when the plugin fails.
  void check(ComponentNode& table, Reporter& reporter) const {
    if (!table) return;
    const Record* record = find(table.use);
    if (record == nullptr) {
      reporter.error(table.use_region, unknown(table.use), refusal(table.use));
      return;
    }
    if (!record->origin) {
      table.resolved = record->entry.check(table, reporter);
      return;
    }
    table.resolved = guarded(
        *record->origin,
        [&] { return fmt::format("checking the table of the {} '{}'", noun(kKindOf<Interface>), record->name); },
        [&] { return record->entry.check(table, reporter); });
  }

 private:
  [[nodiscard]] std::string unknown(std::string_view name) const {
    std::vector<detail::KnownName> known;
    for (const Record& record : records_) known.push_back({record.name, record.origin});
    for (const detail::KnownName& hint : hints_)
      if (find(hint.name) == nullptr) known.push_back(hint);
    return detail::unknown_component(kKindOf<Interface>, name, known);
  }
  [[nodiscard]] std::string refusal(std::string_view name) const {
    for (const RefusedProvider& refused : refused_)
      if (refused.component == name) return refused.refusal;
    return {};
  }

  std::vector<Record> records_;
  std::vector<RefusedProvider> refused_;
  std::vector<detail::KnownName> hints_;
};

/// All that recipes can name and plugins can bring.
struct Catalog {
  Registry<IAdapter> adapters;
  Registry<IDiscriminatorHead> heads;
  Registry<IObjective> objectives;
  Registry<ISampler> samplers;
  Registry<IWeightSchedule> schedules;
  Registry<ITrajectoryEncoder> trajectory_encoders;
};

/// The registry of a kind.
template <class Interface>
[[nodiscard]] Registry<Interface>& registry_of(Catalog& catalog) {
  if constexpr (kKindOf<Interface> == ComponentKind::adapter)
    return catalog.adapters;
  else if constexpr (kKindOf<Interface> == ComponentKind::head)
    return catalog.heads;
  else if constexpr (kKindOf<Interface> == ComponentKind::objective)
    return catalog.objectives;
  else if constexpr (kKindOf<Interface> == ComponentKind::sampler)
    return catalog.samplers;
  else if constexpr (kKindOf<Interface> == ComponentKind::schedule)
    return catalog.schedules;
  else
    return catalog.trajectory_encoders;
}

}  // namespace flashmotion
