#pragma once

#include "flashmotion/core/concepts/objective.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace flashmotion {

/// Objectives added with fixed weights, composed at compile time; itself an objective.
template <Objective... Ls>
class WeightedSum {
 public:
  explicit WeightedSum(std::pair<double, Ls>... terms) : weights_{terms.first...}, terms_(std::move(terms.second)...) {}

  [[nodiscard]] std::string_view name() const { return "weighted_sum"; }
  [[nodiscard]] Quantities needs() const {
    return std::apply([](const Ls&... l) { return (Quantities{} | ... | l.needs()); }, terms_);
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    Tensor total;
    const auto add = [&](std::size_t i, const auto& term) {
      const Tensor value = term(view.restricted_to(term.needs())).value * weights_[i];
      total = total.defined() ? total + value : value;
    };
    [&]<std::size_t... Index>(std::index_sequence<Index...>) { (add(Index, std::get<Index>(terms_)), ...); }
    (std::index_sequence_for<Ls...>{});
    return {total};
  }

 private:
  std::array<double, sizeof...(Ls)> weights_;
  std::tuple<Ls...> terms_;
};

}  // namespace flashmotion
