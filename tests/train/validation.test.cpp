#include "flashmotion/train/validation.hpp"

#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>

namespace validation_test {

using flashmotion::validation_loss;

TEST_CASE("less is better in a validation, whatever the metric", "[train][unit]") {
  CHECK(validation_loss("box_iou", 0.7) < validation_loss("box_iou", 0.6));
  CHECK(validation_loss("mask_iou", 0.7) < validation_loss("mask_iou", 0.6));
  CHECK(validation_loss("frechet", 3.0) < validation_loss("frechet", 4.0));
  CHECK(validation_loss("centre_error", 3.0) < validation_loss("centre_error", 4.0));
  CHECK(validation_loss("colour_drift", 0.0) < validation_loss("colour_drift", 0.1));
  CHECK(validation_loss("sharpness", 1.1) < validation_loss("sharpness", 0.8));
  CHECK(validation_loss("sharpness", 0.9) < validation_loss("sharpness", 1.2));
  CHECK(validation_loss("frechet", std::nan("")) == std::numeric_limits<double>::infinity());
}

}  // namespace validation_test
