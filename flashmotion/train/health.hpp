#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// What is done when an alarm is raised.
enum class AlarmPolicy {
  off,       // nobody looks
  warn,      // say it
  stop,      // end the run; the last saved state stays
  lower_lr,  // halve the learning rates of the stage and go on
  rollback,  // go back to the last saved state and go on from there with halved learning rates
};

template <>
struct EnumNames<AlarmPolicy> {
  static constexpr std::array values{std::pair{AlarmPolicy::off, std::string_view("off")},
                                     std::pair{AlarmPolicy::warn, std::string_view("warn")},
                                     std::pair{AlarmPolicy::stop, std::string_view("stop")},
                                     std::pair{AlarmPolicy::lower_lr, std::string_view("lower_lr")},
                                     std::pair{AlarmPolicy::rollback, std::string_view("rollback")}};
};

/// The table `[health]`: a policy and a bound for each alarm.
struct HealthConfig {
  std::int64_t patience = 50;
  AlarmPolicy not_finite = AlarmPolicy::stop;
  AlarmPolicy gradient_spike = AlarmPolicy::warn;
  double spike_factor = 50.0;
  AlarmPolicy discriminator_winning = AlarmPolicy::warn;
  double winning_share = 0.02;
  AlarmPolicy discriminator_losing = AlarmPolicy::warn;
  double losing_share = 2.0;
  AlarmPolicy fake_score_divergence = AlarmPolicy::warn;
  double divergence_factor = 5.0;
  AlarmPolicy static_collapse = AlarmPolicy::warn;
  double least_motion = 0.05;
  AlarmPolicy colour_drift = AlarmPolicy::warn;
  double most_drift = 0.3;
  AlarmPolicy saturation = AlarmPolicy::warn;
  double most_saturated = 0.6;

  static void fields(auto& f, auto& c) {
    f("patience", c.patience, Range{2, 100000}, "steps that an alarm looks back");
    f("not_finite", c.not_finite, Choices<AlarmPolicy>{}, "a loss or a gradient is no number; off is as stop");
    f("gradient_spike", c.gradient_spike, Choices<AlarmPolicy>{}, "a gradient norm is far above the last ones");
    f("spike_factor", c.spike_factor, Above{1.0}, "times their median");
    f("discriminator_winning", c.discriminator_winning, Choices<AlarmPolicy>{}, "its loss stays far below chance");
    f("winning_share", c.winning_share, Range{0.0, 1.0}, "share of the loss of one that says nothing");
    f("discriminator_losing", c.discriminator_losing, Choices<AlarmPolicy>{}, "its loss stays above chance");
    f("losing_share", c.losing_share, Above{1.0}, "share of the loss of one that says nothing");
    f("fake_score_divergence", c.fake_score_divergence, Choices<AlarmPolicy>{},
      "the fake score's loss stays far above the lowest it had");
    f("divergence_factor", c.divergence_factor, Above{1.0}, "times that");
    f("static_collapse", c.static_collapse, Choices<AlarmPolicy>{}, "clips of a preview hardly move");
    f("least_motion", c.least_motion, Range{0.0, 1.0}, "share of the motion of the real clips");
    f("colour_drift", c.colour_drift, Choices<AlarmPolicy>{}, "colours of a preview leave those of the first frame");
    f("most_drift", c.most_drift, Range{0.0, 1.0}, "RGB in [0, 1], beyond the real clips'");
    f("saturation", c.saturation, Choices<AlarmPolicy>{}, "pixels of a preview lie at the ends of their range");
    f("most_saturated", c.most_saturated, Range{0.0, 1.0}, "share of them, beyond the real clips'");
  }
};

/// An alarm that was raised.
struct Alarm {
  std::string name;  // as in `[health]`
  AlarmPolicy policy = AlarmPolicy::warn;
  std::string text;  // what was seen, with its figures
};

/// A term of the loss that has an alarm of its own.
struct WatchedTerm {
  std::string name;
  std::optional<double> chance{};  // of a discriminator: its loss when it says 0; a fake score has none
};

/// Looks at a stage's numbers step by step. What it remembers is a part of the stage's saved state.
class FLASHMOTION_EXPORT HealthWatch {
 public:
  using Numbers = std::vector<std::pair<std::string, double>>;

  /// `roles` are those whose gradient norms come.
  HealthWatch(const HealthConfig& config, const std::vector<std::string>& roles, std::vector<WatchedTerm> terms);

  /// Takes the numbers of one step. An alarm is raised once, and again when as many steps as it looks back have gone
  /// by.
  [[nodiscard]] std::vector<Alarm> look(const Numbers& terms, const Numbers& gradient_norms);
  /// Handles: writing into them restores a state.
  [[nodiscard]] NamedTensors state() const;

 private:
  struct Series {
    std::string name;
    std::optional<WatchedTerm> term;  // none: a gradient norm
    Tensor last;                      // float64 [patience]
    Tensor seen;                      // int64: values since the beginning or the last alarm
    Tensor lowest;                    // float64: lowest mean of a whole window
  };
  void add(Series& series, double value) const;
  [[nodiscard]] bool full(const Series& series) const;
  [[nodiscard]] std::optional<Alarm> judge_norm(Series& series, double value) const;
  [[nodiscard]] std::optional<Alarm> judge_term(Series& series, double value) const;

  HealthConfig config_;
  std::vector<Series> series_;
};

/// Looks at clips [B, 3, F, H, W] in [-1, 1] beside the real ones of the same cases.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<Alarm> clip_alarms(const HealthConfig& config, const Tensor& generated,
                                                                const Tensor& real);

}  // namespace flashmotion
