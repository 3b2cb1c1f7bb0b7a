#include "flashmotion/metrics/script_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"

namespace script_finder_test {

using Catch::Matchers::Contains;

torch::Tensor found(const flashmotion::ObjectSearch& search, const torch::Tensor& video,
                    const flashmotion::ClipBatch& real) {
  return flashmotion::all_frames(search.find(video, real));
}

flashmotion::ObjectSearch search(const TempFolder& folder, const std::string& body) {
  save_script(folder / "finder.pt", "def forward(self, video, masks):\n  return " + body + "\n");
  return flashmotion::script_search(folder / "finder.pt");
}

const char* const kStay = "masks.unsqueeze(2).expand(-1, -1, video.size(2), -1, -1)";

TEST_CASE("a program finds objects from clips and first masks", "[metrics][unit]") {
  const TempFolder folder;
  auto clips = toy_clips::draw(3, 2);
  clips.valid[1][1] = false;
  const auto stay = clips.masks.slice(2, 0, 1).expand_as(clips.masks) & clips.valid.view({3, -1, 1, 1, 1});
  const auto finder = search(folder, kStay);
  CHECK(finder.name == "script:finder");
  CHECK(finder.file_sha256.size() == 64);
  CHECK(found(finder, clips.video, clips).equal(stay));
  // Probabilities count above one half, and depend on the clip.
  const auto bright = search(folder, "((video.mean(1, keepdim=True) + 1) / 2).expand(-1, masks.size(1), -1, -1, -1)");
  const auto expected = (clips.video.mean(1, true) > 0) & clips.valid.view({3, -1, 1, 1, 1});
  CHECK(found(bright, clips.video, clips).equal(expected));
  CHECK(expected.any().item<bool>());
}

TEST_CASE("masks of a wrong shape or without bounds are refused", "[metrics][message]") {
  const TempFolder folder;
  const auto clips = toy_clips::draw(2, 2);
  CHECK_THROWS_WITH(found(search(folder, "masks"), clips.video, clips),
                    Contains("returned Bool[1, 3, 32, 32]") && Contains("[1, 3, 9, 32, 32]"));
  const std::string numbers = std::string(kStay) + ".float()";
  CHECK_THROWS_WITH(found(search(folder, numbers + " - 2"), clips.video, clips), Contains("outside of [0, 1]"));
  CHECK_THROWS_WITH(found(search(folder, numbers + " / 0"), clips.video, clips), Contains("outside of [0, 1]"));
  CHECK_THROWS_WITH(found(search(folder, std::string(kStay) + ".long()"), clips.video, clips), Contains("Long"));
  CHECK_THROWS_AS(found(search(folder, kStay), clips.video.slice(4, 0, 16), clips), flashmotion::ShapeError);
}

}  // namespace script_finder_test
