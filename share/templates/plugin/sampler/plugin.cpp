// The sampler '@name@': Euler steps along the probability flow, on evenly spaced levels that are shifted to the noise.
#include <flashmotion/plugin/export.hpp>
#include <flashmotion/samplers/sigma_schedule.hpp>

#include <ATen/TensorOperators.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace @name@_plugin {

/// Keys of the table [[sampler]]: name, member, rule, one line of help.
struct @Class@Config {
  std::int64_t steps = 8;
  double shift = 3.0;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, flashmotion::Range{1, 1000}, "network passes");
    f("shift", c.shift, flashmotion::Above{0.0}, "flow shift of the noise levels");
  }
};

class @Class@ {
 public:
  using Config = @Class@Config;
  explicit @Class@(const Config& config) : sigmas_(flashmotion::shifted_sigmas(config.steps, config.shift)) {}

  /// Strictly falling, the last is 0.
  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  /// `x` at level i to `x` at level i + 1. What must be remembered from step to step belongs into `state`.
  [[nodiscard]] flashmotion::Tensor step(const flashmotion::Tensor& x, const flashmotion::Tensor& velocity,
                                         std::size_t i, flashmotion::SamplerState& /*state*/,
                                         flashmotion::Rng& /*rng*/) const {
    return x + velocity * (sigmas_[i + 1] - sigmas_[i]);
  }

 private:
  std::vector<double> sigmas_;
};
static_assert(flashmotion::Sampler<@Class@>);

}  // namespace @name@_plugin

FLASHMOTION_PLUGIN("@name@", "0.1.0",
                   flashmotion::sampler<@name@_plugin::@Class@>("@name@", "one line for listings: what it does"));
