#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/interfaces.hpp"
#include "flashmotion/plugin/origin.hpp"

#include <memory>
#include <string>
#include <utility>

namespace flashmotion {

/// Called inside `catch (...)`: throws on what must keep its type (`RecipeError`, `PluginError`, `Interrupted`), and a
/// `PluginError` of the program's own for everything else: `plugin NAME VERSION: DOING failed: TEXT`.
[[noreturn]] FLASHMOTION_EXPORT void rethrow_plugin_failure(const PluginOrigin& origin, const std::string& doing);

/// Calls into a plugin; nothing that it throws gets further. `doing` gives the text of what was done, when needed.
template <class Doing, class Call>
decltype(auto) guarded(const PluginOrigin& origin, Doing&& doing, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    rethrow_plugin_failure(origin, std::forward<Doing>(doing)());
  }
}

/// What a guard knows of the object that it wraps.
struct GuardedName {
  Origin origin;       // not null
  std::string name;    // the component's name in the registry
  GeneratorSpec spec;  // of the generator it was built for; widths and blocks of 0 are not compared
};

// Wrappers that pass each call on, catch what the plugin throws, and look at what it returns: shapes, element types,
// devices, block numbers and names, and whether numbers are finite where what went in was: on the CPU each time, on a
// GPU one result in a hundred. They throw PluginError. The object dies before its library.
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<IAdapter> guard(std::unique_ptr<IAdapter> object, GuardedName name);
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<IDiscriminatorHead> guard(std::unique_ptr<IDiscriminatorHead> object,
                                                                           GuardedName name);
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<IObjective> guard(std::unique_ptr<IObjective> object,
                                                                   GuardedName name);
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<ISampler> guard(std::unique_ptr<ISampler> object, GuardedName name);
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<IWeightSchedule> guard(std::unique_ptr<IWeightSchedule> object,
                                                                        GuardedName name);
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<ITrajectoryEncoder> guard(std::unique_ptr<ITrajectoryEncoder> object,
                                                                           GuardedName name);

}  // namespace flashmotion
