#include "flashmotion/train/health.hpp"

#include "flashmotion/train/role.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

// Each alarm on a made series: raised where it should be, and not before.

namespace health_test {

using flashmotion::Alarm;
using flashmotion::AlarmPolicy;
using flashmotion::clip_alarms;
using flashmotion::HealthConfig;
using flashmotion::HealthWatch;
using flashmotion::Tensor;
using Numbers = HealthWatch::Numbers;

HealthConfig short_patience() {
  HealthConfig config;
  config.patience = 4;
  return config;
}

/// Steps at which a series raises the alarm.
std::vector<int> raised(HealthWatch& watch, const std::string& alarm, const std::vector<double>& series, bool norm) {
  std::vector<int> steps;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Numbers numbers{{"x", series[i]}}, none;
    for (const Alarm& told : watch.look(norm ? none : numbers, norm ? numbers : none)) {
      CHECK(told.name == alarm);
      steps.push_back(static_cast<int>(i));
    }
  }
  return steps;
}

TEST_CASE("a number that is not finite is an alarm at once", "[train][unit]") {
  HealthWatch watch(short_patience(), {"adapter"}, {});
  CHECK(watch.look({{"gan", 1.0}}, {{"adapter", 2.0}}).empty());
  const auto alarms = watch.look({{"gan", std::nan("")}}, {{"adapter", std::numeric_limits<double>::infinity()}});
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].name == "not_finite");
  CHECK(alarms[0].policy == AlarmPolicy::stop);
  CHECK(alarms[0].text == "the value of 'gan' is nan, the gradient norm of 'adapter' is inf");
}

TEST_CASE("a gradient norm far above the last ones is a spike", "[train][unit]") {
  HealthConfig config = short_patience();
  config.spike_factor = 10.0;
  HealthWatch watch(config, {"x"}, {});
  // Too early at step 1; 9 times the median is none; then one, after which the window fills anew.
  CHECK(raised(watch, "gradient_spike", {1, 30, 1, 1, 1, 9, 1, 11, 90, 1, 1, 1, 11}, true) == std::vector<int>{7, 12});
  HealthWatch zeros(config, {"x"}, {});
  CHECK(raised(zeros, "gradient_spike", {0, 0, 0, 0, 5}, true).empty());  // a term that begins late
}

TEST_CASE("a discriminator that wins or loses all the time is an alarm", "[train][unit]") {
  HealthConfig config = short_patience();
  config.winning_share = 0.1;
  config.losing_share = 1.5;
  HealthWatch wins(config, {}, {{"x", 2.0}});
  CHECK(raised(wins, "discriminator_winning", {2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, false) ==
        std::vector<int>{4, 8});
  HealthWatch loses(config, {}, {{"x", 2.0}});
  CHECK(raised(loses, "discriminator_losing", {2, 2, 2, 2, 5, 3.2}, false) == std::vector<int>{5});
  HealthWatch even(config, {}, {{"x", 2.0}});
  CHECK(raised(even, "", {2, 0, 2, 3, 1, 0.5, 2.9, 2, 2}, false).empty());
}

TEST_CASE("a fake score whose loss rises far above its lowest diverges", "[train][unit]") {
  HealthConfig config = short_patience();
  config.divergence_factor = 3.0;
  HealthWatch watch(config, {}, {{"x"}});
  CHECK(raised(watch, "fake_score_divergence", {8, 4, 2, 2, 1, 1, 1, 1, 1, 2, 4, 4, 4}, false) == std::vector<int>{12});
  HealthWatch falls(config, {}, {{"x"}});
  CHECK(raised(falls, "", {100, 90, 80, 70, 10, 1, 0.1, 0.01}, false).empty());
}

TEST_CASE("an alarm that is off is not raised", "[train][unit]") {
  HealthConfig config = short_patience();
  config.discriminator_winning = AlarmPolicy::off;
  HealthWatch watch(config, {}, {{"x", 2.0}});
  CHECK(raised(watch, "", {0, 0, 0, 0, 0, 0}, false).empty());
}

TEST_CASE("a watch that is restored goes on where the other was", "[train][law]") {
  HealthConfig config = short_patience();
  HealthWatch one(config, {"x"}, {{"x", 2.0}}), other(config, {"x"}, {{"x", 2.0}});
  for (int i = 0; i < 3; ++i) CHECK(one.look({{"x", 0.001}}, {{"x", 1.0}}).empty());
  flashmotion::copy_values(flashmotion::clone_values(one.state()), other.state());
  CHECK(other.look({{"x", 0.001}}, {{"x", 1.0}}).size() == 1);
  CHECK(one.look({{"x", 0.001}}, {{"x", 1.0}}).size() == 1);
}

std::vector<std::string> names(const std::vector<Alarm>& alarms) {
  std::vector<std::string> list;
  for (const Alarm& alarm : alarms) list.push_back(alarm.name);
  return list;
}

TEST_CASE("clips that stand still, drift or saturate are alarms", "[train][unit]") {
  const HealthConfig config;
  torch::manual_seed(1);
  const Tensor real = torch::rand({2, 3, 5, 8, 8}) - 0.5;
  CHECK(names(clip_alarms(config, real, real)).empty());
  const Tensor still = real.slice(2, 0, 1).expand_as(real);
  CHECK(names(clip_alarms(config, still, real)) == std::vector<std::string>{"static_collapse"});
  Tensor drifting = real.clone();
  drifting.slice(2, 1).add_(0.9);  // 0.45 of the range of RGB
  CHECK(names(clip_alarms(config, drifting.clamp(-1, 1), real))[0] == "colour_drift");
  const Tensor hard = real.sign();
  CHECK(names(clip_alarms(config, hard, real)).back() == "saturation");
  HealthConfig off;
  off.static_collapse = off.colour_drift = off.saturation = AlarmPolicy::off;
  CHECK(clip_alarms(off, still, hard).empty());
}

}  // namespace health_test
