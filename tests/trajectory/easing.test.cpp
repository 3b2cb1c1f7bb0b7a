#include "flashmotion/trajectory/easing.hpp"

#include "tests/support/catch.hpp"

namespace easing_test {

using flashmotion::eased;
using flashmotion::Easing;
using flashmotion::EasingKind;

const std::array<Easing, 5> kAll = {{{EasingKind::linear, {}},
                                     {EasingKind::smooth, {}},
                                     {EasingKind::hold, {}},
                                     {EasingKind::bezier, {0.25, 0.1, 0.25, 1}},
                                     {EasingKind::bezier, {0, 1, 1, 0}}}};

TEST_CASE("every curve goes from 0 to 1", "[trajectory][law]") {
  for (const Easing& easing : kAll) {
    CHECK(eased(easing, 0) == 0);
    CHECK(eased(easing, 1) == 1);
  }
}

TEST_CASE("curves with symmetric handles are symmetric", "[trajectory][law]") {
  for (const Easing& easing : {kAll[0], kAll[1], Easing{EasingKind::bezier, {0.42, 0, 0.58, 1}}}) {
    for (const double share : {0.1, 0.25, 0.4, 0.5}) {
      CHECK(eased(easing, share) + eased(easing, 1 - share) == Approx(1).margin(1e-9));
    }
  }
}

TEST_CASE("curves have the values of their formulas", "[trajectory][golden]") {
  CHECK(eased({EasingKind::linear, {}}, 0.3) == 0.3);
  CHECK(eased({EasingKind::smooth, {}}, 0.25) == Approx(3 * 0.0625 - 2 * 0.015625));
  CHECK(eased({EasingKind::hold, {}}, 0.999) == 0);
  // Handles on the diagonal are the straight line.
  CHECK(eased({EasingKind::bezier, {0.2, 0.2, 0.7, 0.7}}, 0.37) == Approx(0.37));
  // CSS's "ease-in", 0.42 0 1 1: with t = 0.5 the curve is at x = (3 * 0.42 + 3 + 1) / 8 and y = (0 + 3 + 1) / 8.
  CHECK(eased({EasingKind::bezier, {0.42, 0, 1, 1}}, (3 * 0.42 + 4) / 8) == Approx(0.5));
}

}  // namespace easing_test
