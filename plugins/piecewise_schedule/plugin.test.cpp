#include "flashmotion/core/any/any_weight_schedule.hpp"
#include "plugins/piecewise_schedule/piecewise_schedule.hpp"
#include "tests/support/kind_laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <string>

namespace piecewise_schedule_test {

using flashmotion::AnyWeightSchedule;
using flashmotion::IWeightSchedule;
using piecewise_schedule::Piecewise;

AnyWeightSchedule loaded(const std::string& keys) {
  return AnyWeightSchedule(
      toy_requests::load<IWeightSchedule>("use = \"piecewise\"\n" + keys, toy_requests::context()));
}

TEST_CASE("the loaded piecewise schedule keeps its laws", "[plugin][law]") {
  laws::check_weight_schedule(loaded(""));
  laws::check_weight_schedule(loaded("steps = [0, 100, 400]\nvalues = [0.0, 1.0, 0.5]\n"));
}

TEST_CASE("a piecewise schedule goes in lines or holds its values", "[plugin][unit]") {
  const Piecewise line({.steps = {10, 20, 40}, .values = {0.0, 1.0, 0.5}});
  CHECK(line.at(0) == 0.0);
  CHECK(line.at(10) == 0.0);
  CHECK(line.at(15) == Approx(0.5));
  CHECK(line.at(20) == 1.0);
  CHECK(line.at(30) == Approx(0.75));
  CHECK(line.at(41) == 0.5);
  const Piecewise held({.steps = {10, 20}, .values = {2.0, 1.0}, .hold = true});
  CHECK(held.at(19) == 2.0);
  CHECK(held.at(20) == 1.0);
}

TEST_CASE("lists that do not fit together are told", "[plugin][message]") {
  CHECK_THROWS_WITH(Piecewise({.steps = {0, 1}, .values = {1.0}}),
                    "'steps' and 'values' must be equally long, and not empty");
  CHECK_THROWS_WITH(Piecewise({.steps = {5, 5}, .values = {1.0, 2.0}}), "'steps' must rise from one to the next");
  CHECK_THROWS_WITH(loaded("steps = [3, 2]\nvalues = [1.0, 2.0]\n"),
                    Catch::Contains("test.toml:2:9: error: 'steps' must rise from one to the next"));
}

}  // namespace piecewise_schedule_test
