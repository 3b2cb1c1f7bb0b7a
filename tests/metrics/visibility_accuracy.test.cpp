#include "flashmotion/metrics/visibility_accuracy.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace visibility_accuracy_test {

using flashmotion::ClipBatch;
using flashmotion::visibility_accuracy;

// Two clips of five frames of 4x4 with two objects each; the second clip has the first of them only.
ClipBatch clips() {
  ClipBatch clips;
  clips.masks = torch::zeros({2, 2, 5, 4, 4}, torch::kBool);
  clips.masks.select(3, 0).select(3, 0).fill_(true);  // one pixel is enough
  clips.valid = torch::tensor({{true, true}, {true, false}});
  return clips;
}

TEST_CASE("found exactly where visible is 1", "[metrics][unit]") {
  auto real = clips();
  real.masks[0][1][2].zero_();
  CHECK(visibility_accuracy(real.masks, real).equal(torch::ones({2}, torch::kDouble)));
}

TEST_CASE("lost and shown objects count by frames after the first", "[metrics][unit]") {
  auto real = clips();
  auto found = real.masks.clone();
  real.masks[0][1][2].zero_();      // shown although covered
  found[0][0][3].zero_();           // lost
  found[0][0][0].zero_();           // frame 0 is given
  found[1][0].slice(0, 2).zero_();  // lost for 3 of 4 frames
  found[1][1].zero_();              // no object of that clip
  CHECK(visibility_accuracy(found, real).equal(torch::tensor({6 / 8.0, 1 / 4.0}, torch::kDouble)));
}

TEST_CASE("a clip with nothing to judge counts 1, and other shapes are refused", "[metrics][message]") {
  auto real = clips();
  real.valid.zero_();
  CHECK(visibility_accuracy(torch::zeros_like(real.masks), real).equal(torch::ones({2}, torch::kDouble)));
  CHECK_THROWS_AS(visibility_accuracy(real.masks.slice(1, 1), real), flashmotion::ShapeError);
}

}  // namespace visibility_accuracy_test
