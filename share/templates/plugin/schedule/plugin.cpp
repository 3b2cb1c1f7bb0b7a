// The weight schedule '@name@': the weight of a loss term halves again and again.
#include <flashmotion/plugin/export.hpp>

#include <cmath>
#include <cstdint>

namespace @name@_plugin {

/// Keys of the table `weight`: name, member, rule, one line of help.
struct @Class@Config {
  double first = 1.0;
  double half_life = 100.0;

  static void fields(auto& f, auto& c) {
    f("first", c.first, flashmotion::AtLeast{0.0}, "weight at step 0");
    f("half_life", c.half_life, flashmotion::Above{0.0}, "steps after which half of it is left");
  }
};

class @Class@ {
 public:
  using Config = @Class@Config;
  explicit @Class@(const Config& config) : config_(config) {}

  /// Finite and at least 0. The same at each question for the same step, in any order: keep no state.
  [[nodiscard]] double at(std::int64_t step) const {
    return config_.first * std::exp2(-static_cast<double>(step) / config_.half_life);
  }

 private:
  Config config_;
};
static_assert(flashmotion::WeightSchedule<@Class@>);

}  // namespace @name@_plugin

FLASHMOTION_PLUGIN("@name@", "0.1.0",
                   flashmotion::schedule<@name@_plugin::@Class@>("@name@", "one line for listings: what it does"));
