#include "flashmotion/trajectory/latent_frames.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

namespace latent_frames_test {

using Catch::Matchers::Contains;

TEST_CASE("1 + 4k frames have 1 + k latent frames, and the way back", "[trajectory][unit]") {
  for (std::int64_t k = 0; k < 30; ++k) {
    CHECK(flashmotion::latent_frames(1 + 4 * k) == 1 + k);
    CHECK(flashmotion::video_frames(1 + k) == 1 + 4 * k);
    CHECK(flashmotion::is_valid_frame_count(1 + 4 * k));
    for (std::int64_t more = 2; more <= 4; ++more) CHECK_FALSE(flashmotion::is_valid_frame_count(4 * k + more));
  }
  CHECK_FALSE(flashmotion::is_valid_frame_count(0));
  CHECK_FALSE(flashmotion::is_valid_frame_count(-3));
}

TEST_CASE("the first frame is alone, and each later latent frame has four", "[trajectory][unit]") {
  const std::vector<std::int64_t> groups = {0, 1, 1, 1, 1, 2, 2, 2, 2, 3};
  for (std::size_t frame = 0; frame < groups.size(); ++frame)
    CHECK(flashmotion::latent_of_frame(static_cast<std::int64_t>(frame)) == groups[frame]);
  for (std::int64_t latent = 0; latent < 40; ++latent) {
    CHECK(flashmotion::latent_of_frame(flashmotion::first_frame_of(latent)) == latent);
    if (latent > 0) CHECK(flashmotion::latent_of_frame(flashmotion::first_frame_of(latent) - 1) == latent - 1);
  }
}

TEST_CASE("another count is refused with the nearest legal ones", "[trajectory][message]") {
  CHECK_THROWS_WITH(flashmotion::latent_frames(8), "the clip has 8 frames, which is not 1 + 4k; use 5 or 9");
  CHECK_THROWS_WITH(flashmotion::latent_frames(2), Contains("use 1 or 5"));
  CHECK_THROWS_WITH(flashmotion::latent_frames(0), Contains("the least is 1"));
  CHECK_THROWS_AS(flashmotion::video_frames(0), flashmotion::InputError);
  CHECK_THAT(flashmotion::frame_count_message("'frames'", 12), Contains("'frames' has 12 frames"));
}

}  // namespace latent_frames_test
