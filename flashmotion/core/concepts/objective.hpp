#pragma once

#include "flashmotion/core/quantities.hpp"
#include "flashmotion/core/step_view.hpp"

#include <concepts>
#include <string_view>

namespace flashmotion {

/// One term of a loss.
/// Laws: reads only what it declares; the value is a finite scalar with gradient.
template <class L>
concept Objective = requires(const L& l, const StepView& view) {
  { l.name() } -> std::convertible_to<std::string_view>;
  { l.needs() } -> std::same_as<Quantities>;
  { l(view) } -> std::same_as<LossTerm>;
};

}  // namespace flashmotion
