#include "flashmotion/trajectory/easing.hpp"

namespace flashmotion {
namespace easing_detail {

// One coordinate of the curve with the handles a and b.
double curve(double a, double b, double t) {
  const double rest = 1 - t;
  return 3 * rest * rest * t * a + 3 * rest * t * t * b + t * t * t;
}

// x rises with t as the handles lie in [0, 1], so halving finds the place.
double bezier(const std::array<double, 4>& handles, double share) {
  constexpr int kHalvings = 60;
  double low = 0;
  double high = 1;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (curve(handles[0], handles[2], middle) < share ? low : high) = middle;
  }
  return curve(handles[1], handles[3], (low + high) / 2);
}

}  // namespace easing_detail

double eased(const Easing& easing, double share) {
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  switch (easing.kind) {
    case EasingKind::linear:
      return share;
    case EasingKind::smooth:
      return share * share * (3 - 2 * share);
    case EasingKind::hold:
      return 0;
    case EasingKind::bezier:
      return easing_detail::bezier(easing.handles, share);
  }
  return share;
}

}  // namespace flashmotion
