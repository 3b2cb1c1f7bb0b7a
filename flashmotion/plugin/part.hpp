#pragma once

#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/any/any_discriminator_head.hpp"
#include "flashmotion/core/any/any_objective.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "flashmotion/core/any/any_weight_schedule.hpp"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/plugin/parameters.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/reader.hpp"

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace flashmotion {

namespace detail {

template <class T>
concept BuiltFromConfig = std::constructible_from<T, const typename T::Config&, const BuildContext&> ||
    std::constructible_from<T, const typename T::Config&>;

/// Reads the table and constructs the component; Model<T> gives it the interface Interface.
template <class Interface, class Model, class T>
std::unique_ptr<Interface> make_part(const ComponentNode& table, const BuildContext& context) {
  using Config = typename T::Config;
  Diagnostics mistakes;
  const Config config = read_component<Config>(table, mistakes);
  mistakes.throw_if_any();
  if constexpr (std::constructible_from<T, const Config&, const BuildContext&>)
    return std::make_unique<Model>(T(config, context));
  else
    return std::make_unique<Model>(T(config));
}

template <class Interface, class Model, class T>
constexpr Entry<Interface> part(const char* name, const char* doc) {
  using Config = typename T::Config;
  return {name, doc, &make_part<Interface, Model, T>, &resolve_component<Config>, &describe_config<Config>};
}

}  // namespace detail

/// An entry for an adapter: `T` models Adapter, has a `Config`, and is built by `T(config, context)` or `T(config)`.
template <class T>
[[nodiscard]] constexpr Entry<IAdapter> adapter(const char* name, const char* doc) {
  static_assert(Adapter<T>, "this type does not model flashmotion::Adapter; see docs/writing_a_plugin.md");
  static_assert(Configurable<T>, "an adapter needs a Config with fields(); see docs/writing_a_plugin.md");
  static_assert(detail::BuiltFromConfig<T>, "an adapter needs a constructor T(const Config&, const BuildContext&)");
  return detail::part<IAdapter, AdapterModel<T>, T>(name, doc);
}

/// An entry for a discriminator head, as `adapter`.
template <class T>
[[nodiscard]] constexpr Entry<IDiscriminatorHead> head(const char* name, const char* doc) {
  static_assert(DiscriminatorHead<T>,
                "this type does not model flashmotion::DiscriminatorHead; see docs/writing_a_plugin.md");
  static_assert(Configurable<T>, "a discriminator head needs a Config with fields(); see docs/writing_a_plugin.md");
  static_assert(detail::BuiltFromConfig<T>,
                "a discriminator head needs a constructor T(const Config&, const BuildContext&)");
  return detail::part<IDiscriminatorHead, DiscriminatorHeadModel<T>, T>(name, doc);
}

/// An entry for an objective, as `adapter`.
template <class T>
[[nodiscard]] constexpr Entry<IObjective> objective(const char* name, const char* doc) {
  static_assert(Objective<T>, "this type does not model flashmotion::Objective; see docs/writing_a_plugin.md");
  static_assert(Configurable<T>, "an objective needs a Config with fields(); see docs/writing_a_plugin.md");
  static_assert(detail::BuiltFromConfig<T>, "an objective needs a constructor T(const Config&, const BuildContext&)");
  return detail::part<IObjective, ObjectiveModel<T>, T>(name, doc);
}

/// An entry for a sampler, as `adapter`.
template <class T>
[[nodiscard]] constexpr Entry<ISampler> sampler(const char* name, const char* doc) {
  static_assert(Sampler<T>, "this type does not model flashmotion::Sampler; see docs/writing_a_plugin.md");
  static_assert(Configurable<T>, "a sampler needs a Config with fields(); see docs/writing_a_plugin.md");
  static_assert(detail::BuiltFromConfig<T>, "a sampler needs a constructor T(const Config&, const BuildContext&)");
  return detail::part<ISampler, SamplerModel<T>, T>(name, doc);
}

/// An entry for a weight schedule, as `adapter`. A schedule may be its own `Config`.
template <class T>
[[nodiscard]] constexpr Entry<IWeightSchedule> schedule(const char* name, const char* doc) {
  static_assert(WeightSchedule<T>,
                "this type does not model flashmotion::WeightSchedule; see docs/writing_a_plugin.md");
  static_assert(Configurable<T>, "a weight schedule needs a Config with fields(); see docs/writing_a_plugin.md");
  static_assert(detail::BuiltFromConfig<T>,
                "a weight schedule needs a constructor T(const Config&, const BuildContext&)");
  return detail::part<IWeightSchedule, WeightScheduleModel<T>, T>(name, doc);
}

/// An entry for a trajectory encoder, as `adapter`.
template <class T>
[[nodiscard]] constexpr Entry<ITrajectoryEncoder> trajectory_encoder(const char* name, const char* doc) {
  static_assert(TrajectoryEncoder<T>,
                "this type does not model flashmotion::TrajectoryEncoder; see docs/writing_a_plugin.md");
  static_assert(Configurable<T>, "a trajectory encoder needs a Config with fields(); see docs/writing_a_plugin.md");
  static_assert(detail::BuiltFromConfig<T>,
                "a trajectory encoder needs a constructor T(const Config&, const BuildContext&)");
  return detail::part<ITrajectoryEncoder, TrajectoryEncoderModel<T>, T>(name, doc);
}

}  // namespace flashmotion
