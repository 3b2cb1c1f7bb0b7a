#pragma once

#include "flashmotion/core/concepts/weight_schedule.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/reader.hpp"

#include <cstdint>
#include <vector>

namespace piecewise_schedule {

struct PiecewiseConfig {
  std::vector<std::int64_t> steps{0};
  std::vector<double> values{1.0};
  bool hold = false;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, flashmotion::NotEmpty{}, flashmotion::AtLeast{0}, "steps that have a value, rising");
    f("values", c.values, flashmotion::NotEmpty{}, flashmotion::AtLeast{0.0}, "the weight at each of them");
    f("hold", c.hold, "keep a value until the next step that has one, instead of going there in a line");
  }
  void validate(flashmotion::Check& check) const;

  /// What is wrong with steps and values together; null when nothing is.
  [[nodiscard]] const char* mistake() const;
};

/// Weights at given steps: in a line from one to the next, or held. Before the first and after the last step the weight
/// is theirs.
class Piecewise {
 public:
  using Config = PiecewiseConfig;
  /// Throws InputError when the lists differ in length, are empty, or the steps do not rise.
  explicit Piecewise(const PiecewiseConfig& config);

  [[nodiscard]] double at(std::int64_t step) const;

 private:
  PiecewiseConfig config_;
};
static_assert(flashmotion::WeightSchedule<Piecewise>);

}  // namespace piecewise_schedule
