// The objective '@name@': mean of sqrt(error^2 + softness^2) of the velocity, which large errors pull less at.
#include <flashmotion/plugin/export.hpp>

#include <ATen/TensorOperators.h>

#include <string_view>

namespace @name@_plugin {

/// Keys of the table [[stage.objective]]: name, member, rule, one line of help.
struct @Class@Config {
  double softness = 1e-2;

  static void fields(auto& f, auto& c) {
    f("softness", c.softness, flashmotion::Above{0.0}, "size of an error below which it counts squared");
  }
};

class @Class@ {
 public:
  using Config = @Class@Config;
  explicit @Class@(const Config& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "@name@"; }
  /// What a step has to supply; reading anything else is an error.
  [[nodiscard]] flashmotion::Quantities needs() const {
    return {flashmotion::Quantity::velocity_prediction, flashmotion::Quantity::velocity_target};
  }
  /// Velocities are [B, C, T, H, W]; frame 0 is given by the picture and does not count.
  [[nodiscard]] flashmotion::LossTerm operator()(const flashmotion::StepView& view) const {
    const flashmotion::Tensor error =
        view[flashmotion::Quantity::velocity_prediction] - view[flashmotion::Quantity::velocity_target];
    const flashmotion::Tensor generated = error.narrow(2, 1, error.size(2) - 1);
    return {(generated.square() + config_.softness * config_.softness).sqrt().mean()};
  }

 private:
  Config config_;
};
static_assert(flashmotion::Objective<@Class@>);

}  // namespace @name@_plugin

FLASHMOTION_PLUGIN("@name@", "0.1.0",
                   flashmotion::objective<@name@_plugin::@Class@>("@name@", "one line for listings: what it does"));
