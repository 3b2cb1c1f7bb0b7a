#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/flow_table.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"
#include "flashmotion/samplers/timestep_rounding.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

struct FewStepConfig {
  std::int64_t steps = 4;
  std::vector<std::int64_t> step_list{};
  double shift = 5.0;
  bool warp = true;
  bool from_table = false;
  TimestepRounding timesteps = TimestepRounding::exact;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, Range{1, 64}, "network passes, at evenly spaced levels");
    f("step_list", c.step_list, Range{0, 1000},
      "timesteps instead of evenly spaced ones, falling, before the shift: [1000, 750, 500, 250]; sets 'steps' aside");
    f("shift", c.shift, Above{0.0}, "flow shift of the noise levels");
    f("warp", c.warp, "shift the levels (as in training); false takes them as they are");
    f("from_table", c.from_table, "take the nearest of the thousand levels of a table with that shift");
    f("timesteps", c.timesteps, Choices<TimestepRounding>{}, "rounding of the timestep that the network sees");
  }
  void validate(auto& check) const {
    if (!good_list()) check.error("step_list", list_rule());
  }

  /// Whether the list falls strictly and has a level above 0.
  [[nodiscard]] bool good_list() const {
    for (std::size_t i = 1; i < step_list.size(); ++i) {
      if (step_list[i] >= step_list[i - 1]) return false;
    }
    return step_list.empty() || step_list.front() > 0;
  }
  [[nodiscard]] static const char* list_rule() { return "'step_list' must fall strictly from a timestep above 0"; }
};

/// Consistency-type sampling of distilled generators: estimate the clean latent, then noise it afresh to the next
/// level (DMD2, Yin et al. 2024, section 4.5). Levels 1, 3/4, 1/2, 1/4 shifted for four steps.
///
/// The distilled Wan 2.2 TI2V model ("Turbo") was trained with the defaults. Its published inference is `step_list =
/// [1000, 750, 500, 250]`, `warp = false`, `from_table = true`, `shift = 8`, `timesteps = "bfloat16"`.
class FewStep {
 public:
  using Config = FewStepConfig;
  /// Throws InputError when the list of steps does not fall.
  explicit FewStep(const FewStepConfig& config) {
    if (!config.good_list()) throw InputError(config.list_rule());
    const double shift = config.warp ? config.shift : 1.0;
    if (config.step_list.empty()) {
      sigmas_ = shifted_sigmas(config.steps, shift);
    } else {
      for (const std::int64_t step : config.step_list) {
        sigmas_.push_back(shift_sigma(static_cast<double>(step) / 1000.0, shift));
      }
      if (sigmas_.back() != 0.0) sigmas_.push_back(0.0);
    }
    network_sigmas_ = round_sigmas(sigmas_, config.timesteps);
    if (config.from_table) take_from_table(config.shift);
  }

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] std::span<const double> network_sigmas() const { return network_sigmas_; }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& /*state*/,
                            Rng& rng) const {
    Tensor clean = x - velocity * sigmas_[i];
    const double next = sigmas_[i + 1];
    if (next == 0.0) return clean;
    return clean * (1.0 - next) + rng.normal(x.sizes()).to(x.options()) * next;
  }

 private:
  // All but the last level, which is 0.
  void take_from_table(double shift) {
    const FlowTable table(shift);
    const Tensor wanted = at::tensor(at::ArrayRef<double>(sigmas_), at::kDouble) * 1000;
    const Tensor found = table.sigmas().index_select(0, table.nearest(wanted)).to(at::kDouble).contiguous();
    for (std::size_t i = 0; i + 1 < sigmas_.size(); ++i) sigmas_[i] = found.const_data_ptr<double>()[i];
  }

  std::vector<double> sigmas_, network_sigmas_;
};
static_assert(Sampler<FewStep>);

}  // namespace flashmotion
