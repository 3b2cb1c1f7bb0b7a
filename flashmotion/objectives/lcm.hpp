#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion {

/// How far two clean estimates are apart.
enum class ConsistencyDistance {
  huber,  // sqrt(d^2 + c^2) - c: d^2 / 2c near 0, |d| - c far from it
  l2,     // d^2
};

template <>
struct EnumNames<ConsistencyDistance> {
  static constexpr std::array values{std::pair{ConsistencyDistance::huber, std::string_view("huber")},
                                     std::pair{ConsistencyDistance::l2, std::string_view("l2")}};
};

struct LcmConfig {
  ConsistencyDistance distance = ConsistencyDistance::huber;
  double huber_c = 1e-3;

  static void fields(auto& f, auto& c) {
    f("distance", c.distance, Choices<ConsistencyDistance>{}, "pseudo-Huber, or the mean square");
    f("huber_c", c.huber_c, Above{0.0}, "width of the round bottom of the pseudo-Huber distance, in latent units");
  }
};

/// Latent consistency distillation (LCM, Luo et al. 2023, eq. 14; consistency models, Song et al. 2023) on the straight
/// path: the student's clean estimate at a noisy level must be the one that its target gives at a cleaner level, which
/// one step of the frozen teacher reaches. Mean over all frames but the given one. At level 0 the estimate of a
/// velocity network is its input, so the boundary condition holds without further scales. The stage says at which
/// levels (`timesteps`, `consistency`) and with how much guidance the teacher steps (`real_guidance`).
class Lcm {
 public:
  using Config = LcmConfig;
  explicit Lcm(const LcmConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "lcm"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::consistency_prediction, Quantity::consistency_target}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor square =
        generated_frames(view[Quantity::consistency_prediction] - view[Quantity::consistency_target].detach()).square();
    if (config_.distance == ConsistencyDistance::l2) return {square.mean()};
    const double c = config_.huber_c;
    return {((square + c * c).sqrt() - c).mean()};
  }

 private:
  LcmConfig config_;
};
static_assert(Objective<Lcm>);

}  // namespace flashmotion
