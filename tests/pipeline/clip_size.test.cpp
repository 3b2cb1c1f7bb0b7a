#include "flashmotion/pipeline/clip_size.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace clip_size_test {

using Catch::Matchers::Contains;
using flashmotion::check_clip_shape;
using flashmotion::fitted_picture;
using flashmotion::fitted_size;
using flashmotion::InputError;
using flashmotion::PixelSize;
using flashmotion::Tensor;

TEST_CASE("a clip's size follows its picture as in the released code", "[pipeline][golden]") {
  const std::pair<PixelSize, PixelSize> table[] = {
      {{1280, 704}, {1280, 704}}, {{1920, 1080}, {1248, 704}}, {{720, 1280}, {704, 1248}}, {{1024, 1024}, {960, 928}},
      {{832, 480}, {1248, 704}},  {{1600, 1200}, {1088, 800}}, {{3, 1}, {1632, 544}},      {{1, 4}, {448, 1888}}};
  for (const auto& [picture, clip] : table) {
    INFO(flashmotion::size_text(picture));
    CHECK(fitted_size(picture, 32, 1280 * 704, "p.png") == clip);
  }
  CHECK_THROWS_WITH(fitted_size({20000, 10}, 32, 1280 * 704, "p.png"),
                    Contains("'p.png' has 20000x10 pixels, and one side is more than four times as long"));
}

TEST_CASE("sizes and frames that are not legal are answered by the nearest that are", "[pipeline][message]") {
  check_clip_shape({1280, 704}, 121, 32);
  CHECK_THROWS_WITH(check_clip_shape({1280, 720}, 121, 32),
                    "the clip's height is 720, and this model makes multiples of 32; give 704 or 736 in --size "
                    "WIDTHxHEIGHT");
  CHECK_THROWS_WITH(check_clip_shape({10, 704}, 121, 32), Contains("width is 10") && Contains("give 32 in"));
  CHECK_THROWS_WITH(check_clip_shape({16400, 704}, 121, 32), Contains("give 16384 in"));
  CHECK_THROWS_WITH(check_clip_shape({1280, 704}, 120, 32),
                    "the clip has 120 frames, which is not 1 + 4k; use 117 or "
                    "121");
  CHECK_THROWS_AS(check_clip_shape({1280, 704}, 0, 32), InputError);
}

TEST_CASE("a picture covers the clip, its middle kept", "[pipeline][unit]") {
  // Three columns of one colour each, so wide that the outer two fall away.
  Tensor rgb = torch::zeros({32, 96, 3}, torch::kByte);
  rgb.slice(1, 0, 32).fill_(255);
  rgb.slice(1, 64, 96).fill_(255);
  const Tensor fitted = fitted_picture(rgb, {32, 32});
  CHECK(fitted.sizes() == at::IntArrayRef({3, 32, 32}));
  CHECK(fitted.eq(-1).all().item<bool>());
  const Tensor dot = fitted_picture(torch::full({1, 1, 3}, 255, torch::kByte), {64, 32});
  CHECK(dot.sizes() == at::IntArrayRef({3, 32, 64}));
  CHECK(dot.eq(1).all().item<bool>());
}

}  // namespace clip_size_test
