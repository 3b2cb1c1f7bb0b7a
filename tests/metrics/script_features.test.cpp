#include "flashmotion/metrics/script_features.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/metrics/frechet.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"

namespace script_features_test {

using Catch::Matchers::Contains;
using flashmotion::script_features;

TEST_CASE("the fixed features are the random convolutions", "[metrics][unit]") {
  const auto extractor = flashmotion::fixed_features();
  const auto clips = toy_clips::draw(3).video;
  CHECK(extractor.metric == "frechet");
  CHECK(extractor.name == "random_conv");
  CHECK(extractor.file_sha256.empty());
  CHECK(extractor.features(clips).equal(flashmotion::RandomConvFeatures()(clips)));
}

TEST_CASE("a program's features of clips are those of each clip alone", "[metrics][unit]") {
  const TempFolder folder;
  save_script(folder / "means.pt", "def forward(self, x):\n  return x.mean([2, 3, 4])\n");
  const auto extractor = script_features(folder / "means.pt");
  const auto clips = toy_clips::draw(3).video;
  CHECK(extractor.metric == "frechet");
  CHECK(extractor.name == "script:means");
  CHECK(extractor.file_sha256 == flashmotion::sha256_of_file((folder / "means.pt").string()));
  CHECK(torch::allclose(extractor.features(clips), clips.mean({2, 3, 4})));
}

TEST_CASE("a program may give features of each frame, those of the first clip first", "[metrics][unit]") {
  const TempFolder folder;
  save_script(folder / "frames.pt", "def forward(self, x):\n  return x[0].mean([2, 3]).t()\n");
  const auto clips = toy_clips::draw(2).video;
  const auto found = script_features(folder / "frames.pt").features(clips);
  CHECK(torch::allclose(found, clips.mean({3, 4}).transpose(1, 2).flatten(0, 1)));
}

TEST_CASE("features of a wrong shape, type or without a value are refused", "[metrics][message]") {
  const TempFolder folder;
  const auto clips = toy_clips::draw(2).video;
  const auto features = [&](const std::string& body) {
    save_script(folder / "wrong.pt", "def forward(self, x):\n  return " + body + "\n");
    return script_features(folder / "wrong.pt").features(clips);
  };
  CHECK_THROWS_WITH(features("x"), Contains("wrong.pt' returned Float[1, 3, 9, 32, 32]") && Contains("[1, D]"));
  CHECK_THROWS_WITH(features("x.mean([2, 3, 4]).repeat(2, 1)"), Contains("Float[2, 3]"));
  CHECK_THROWS_WITH(features("x.mean([2, 3, 4]) > 0"), Contains("Bool[1, 3]"));
  CHECK_THROWS_WITH(features("x.mean([2, 3, 4]) / 0"), Contains("not finite"));
  CHECK_THROWS_AS(features("x.mean([2, 3, 4])").add(script_features(folder / "wrong.pt").features(clips[0])),
                  flashmotion::ShapeError);
}

}  // namespace script_features_test
