#pragma once

#include "flashmotion/core/interfaces.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/node.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// What a plugin can bring.
enum class ComponentKind { adapter, head, objective, sampler, schedule, trajectory_encoder };

/// Word in stamps and listings: `adapter`, `head`, `objective`, `sampler`, `schedule`, `trajectory_encoder`.
[[nodiscard]] constexpr const char* to_string(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::adapter:
      return "adapter";
    case ComponentKind::head:
      return "head";
    case ComponentKind::objective:
      return "objective";
    case ComponentKind::sampler:
      return "sampler";
    case ComponentKind::schedule:
      return "schedule";
    case ComponentKind::trajectory_encoder:
      return "trajectory_encoder";
  }
  return "";
}

/// What sentences call it: `discriminator head`, `weight schedule`, `trajectory encoder`; the word for the others.
[[nodiscard]] constexpr const char* noun(ComponentKind kind) {
  if (kind == ComponentKind::head) return "discriminator head";
  if (kind == ComponentKind::schedule) return "weight schedule";
  if (kind == ComponentKind::trajectory_encoder) return "trajectory encoder";
  return to_string(kind);
}

/// The kind that an interface belongs to.
template <class Interface>
inline constexpr ComponentKind kKindOf = ComponentKind::adapter;
template <>
inline constexpr ComponentKind kKindOf<IDiscriminatorHead> = ComponentKind::head;
template <>
inline constexpr ComponentKind kKindOf<IObjective> = ComponentKind::objective;
template <>
inline constexpr ComponentKind kKindOf<ISampler> = ComponentKind::sampler;
template <>
inline constexpr ComponentKind kKindOf<IWeightSchedule> = ComponentKind::schedule;
template <>
inline constexpr ComponentKind kKindOf<ITrajectoryEncoder> = ComponentKind::trajectory_encoder;

/// One key of a component's table, for reference pages and listings.
struct ParameterDoc {
  std::string key;     // dotted for nested tables
  std::string type;    // `integer`, `number`, `list of string`, …
  std::string preset;  // the default as it would stand in a recipe; empty when there is none
  std::string rules;   // `required`, `from 1 to 64`, …; may be empty
  std::string doc;     // one line
};

/// Builds a component from its table. Throws `RecipeError` when the table is wrong; never returns null.
template <class Interface>
using Factory = std::unique_ptr<Interface> (*)(const ComponentNode& table, const BuildContext& context);
/// Reads the table only: reports every mistake in it and returns it with all defaults filled in. Builds no tensor.
using Checker = std::shared_ptr<const TreeNode> (*)(const ComponentNode& table, Reporter& reporter);
/// Lists the keys of the table.
using Describer = std::vector<ParameterDoc> (*)();

/// A component under a name: texts and plain function pointers, all with static lifetime.
template <class Interface>
struct Entry {
  const char* name = "";
  const char* doc = "";  // one line
  Factory<Interface> make = nullptr;
  Checker check = nullptr;
  Describer describe = nullptr;
};

}  // namespace flashmotion
