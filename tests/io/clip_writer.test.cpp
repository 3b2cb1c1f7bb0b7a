#include "flashmotion/io/clip_writer.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/video.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

namespace clip_writer_test {

using Catch::Matchers::Contains;
using flashmotion::ClipWriter;

TEST_CASE("the name's ending says how frames are written", "[io][unit]") {
  const TempFolder folder;
  for (const char* name : {"a.mp4", "a.gif", "a"}) {
    ClipWriter writer(folder / name, 5, "f");
    for (int i = 0; i < 3; ++i) writer.add(at::full({16, 24, 3}, 60 * i, at::kByte));
    writer.finish();
  }
  CHECK(flashmotion::read_video(folder / "a.mp4").frames.sizes() == at::IntArrayRef({3, 16, 24, 3}));
  CHECK(flashmotion::read_video(folder / "a.gif").frames.select(0, 2).eq(120).all().item<bool>());
  CHECK(flashmotion::read_image_rgb8(folder / "a/f00002.png").eq(120).all().item<bool>());
  CHECK_THROWS_WITH(ClipWriter(folder / "a", 5), Contains("holds pictures already"));
  CHECK_THROWS_WITH(ClipWriter(folder / "a.webm", 5), Contains("ends in none of '.mp4', '.gif'"));
}

TEST_CASE("without an end nothing is left", "[io][unit]") {
  const TempFolder folder;
  {
    ClipWriter writer(folder / "a.mp4", 5);
    writer.add(at::zeros({16, 24, 3}, at::kByte));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("pictures of a folder come by the numbers in their names", "[io][unit]") {
  const TempFolder folder;
  for (const char* name : {"10.png", "2.png", "1.png"}) {
    flashmotion::write_mask_png(folder / name, at::zeros({2, 2}, at::kByte));
  }
  const auto files = flashmotion::pictures_in(folder.path());
  REQUIRE(files.size() == 3);
  CHECK(files[1].filename() == "2.png");
  CHECK(flashmotion::pictures_in(folder / "none").empty());
  CHECK(flashmotion::has_picture_name("a.JPG"));
  CHECK(flashmotion::has_video_name("a.MKV"));
  CHECK_FALSE(flashmotion::has_video_name("a.png"));
  CHECK(flashmotion::last_number("frame_07_x12b") == 12);
}

}  // namespace clip_writer_test
