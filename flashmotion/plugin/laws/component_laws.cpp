#include "flashmotion/plugin/laws/component_laws.hpp"

#include "flashmotion/plugin/laws/adapter_laws.hpp"
#include "flashmotion/plugin/laws/head_laws.hpp"
#include "flashmotion/plugin/laws/objective_laws.hpp"
#include "flashmotion/plugin/laws/sampler_laws.hpp"
#include "flashmotion/plugin/laws/schedule_laws.hpp"
#include "flashmotion/plugin/laws/tiny_world.hpp"
#include "flashmotion/plugin/laws/trajectory_encoder_laws.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace flashmotion {
namespace component_laws_detail {

LawResults adapter(const Catalog& catalog, const ComponentNode& table) {
  return adapter_laws([&](const BuildContext& context) { return AnyAdapter(catalog.adapters.make(table, context)); });
}

LawResults head(const Catalog& catalog, const ComponentNode& table) {
  return head_laws(
      [&](const BuildContext& context) { return AnyDiscriminatorHead(catalog.heads.make(table, context)); });
}

/// For kinds that have no parameters: built once.
template <class Any, class Make>
LawResults judge_once(const Make& make, void (*judge)(LawBook&, const Any&)) {
  LawBook book;
  Any part;
  const bool built = book.judge("built", "its factory builds it", [&] {
    part = make();
    return std::string();
  });
  if (built) judge(book, part);
  return book.results();
}

LawResults objective(const Catalog& catalog, const ComponentNode& table) {
  return judge_once<AnyObjective>([&] { return AnyObjective(catalog.objectives.make(table, tiny_world::context())); },
                                  &judge_objective);
}

LawResults sampler(const Catalog& catalog, const ComponentNode& table) {
  return judge_once<AnySampler>([&] { return AnySampler(catalog.samplers.make(table, tiny_world::context())); },
                                &judge_sampler);
}

LawResults schedule(const Catalog& catalog, const ComponentNode& table) {
  return judge_once<AnyWeightSchedule>(
      [&] { return AnyWeightSchedule(catalog.schedules.make(table, tiny_world::context())); }, &judge_schedule);
}

LawResults trajectory_encoder(const Catalog& catalog, const ComponentNode& table) {
  return judge_once<AnyTrajectoryEncoder>(
      [&] { return AnyTrajectoryEncoder(catalog.trajectory_encoders.make(table, tiny_world::context())); },
      &judge_trajectory_encoder);
}

struct KindLaws {
  ComponentKind kind;
  LawResults (*judge)(const Catalog& catalog, const ComponentNode& table);
};

// A further kind is one entry more.
constexpr std::array kKinds{
    KindLaws{ComponentKind::adapter, &adapter},     KindLaws{ComponentKind::head, &head},
    KindLaws{ComponentKind::objective, &objective}, KindLaws{ComponentKind::sampler, &sampler},
    KindLaws{ComponentKind::schedule, &schedule},   KindLaws{ComponentKind::trajectory_encoder, &trajectory_encoder}};

}  // namespace component_laws_detail

LawResults judge_component(std::string_view kind, const Catalog& catalog, const ComponentNode& table) {
  for (const auto& laws : component_laws_detail::kKinds)
    if (kind == to_string(laws.kind)) return laws.judge(catalog, table);
  throw RecipeError(fmt::format("there are no laws for the kind '{}'", kind));
}

}  // namespace flashmotion
