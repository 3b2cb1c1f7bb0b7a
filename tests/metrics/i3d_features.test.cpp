#include "flashmotion/metrics/i3d_features.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

namespace i3d_features_test {

using Catch::Matchers::Contains;
using flashmotion::FvdConvention;
using flashmotion::i3d_features;

// 400 numbers of a clip: its first frame's columns of the first channel, in the middle row, then one pixel.
const char* const kColumns =
    "def forward(self, x):\n"
    "  return torch.cat([x[:, 0, 0, 112], x[:, 1, 9, 0, :1].expand(-1, 176)], 1)\n";

torch::Tensor clip(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const auto x = torch::linspace(-0.9, 0.8, width).view({1, 1, 1, 1, width});
  return x.expand({1, 3, frames, height, width}).clone();
}

TEST_CASE("clips are resized to a shorter side of 224 and cut about their middle", "[metrics][unit]") {
  const TempFolder folder;
  save_script(folder / "i3d.pt", kColumns);
  const auto extractor = i3d_features(folder / "i3d.pt", FvdConvention::styleganv);
  CHECK(extractor.metric == "fvd");
  CHECK(extractor.name == "i3d (styleganv: shorter side resized to 224)");
  CHECK(extractor.file_sha256.size() == 64);
  // 112 x 150: 224 x 300, of which columns 38 to 261 stay. Column c of them samples (c + 0.5) / 2 - 0.5 of 150.
  const auto found = extractor.features(clip(10, 112, 150).expand({2, -1, -1, -1, -1}));
  REQUIRE(found.sizes() == at::IntArrayRef({2, 400}));
  const auto places = (torch::arange(38, 262, torch::kDouble) + 0.5) / 2 - 0.5;
  const auto expected = (-0.9 + places * (1.7 / 149)).to(torch::kFloat);
  CHECK((found[0].slice(0, 0, 224) - expected).abs().max().item<float>() < 1e-5F);
  CHECK(found[0].equal(found[1]));
}

TEST_CASE("the longer side is rounded up as a product of doubles", "[metrics][unit]") {
  const TempFolder folder;
  // One number of each row of the picture's middle.
  save_script(folder / "i3d.pt",
              "def forward(self, x):\n  return torch.cat([x[:, 0, 0, :, 112], x[:, 0, 0, :176, 0]], 1)\n");
  const auto rows = torch::linspace(-0.9, 0.8, 400).view({1, 1, 1, 400, 1}).expand({1, 3, 10, 400, 400}).clone();
  const auto found = i3d_features(folder / "i3d.pt", FvdConvention::styleganv).features(rows)[0].slice(0, 0, 224);
  // 400 * (224 / 400) is above 224 in doubles: 225 x 224, of which the first 224 rows stay.
  const auto places = (torch::arange(224, torch::kDouble) + 0.5) * (400.0 / 225) - 0.5;
  CHECK((found - (-0.9 + places * (1.7 / 399)).to(torch::kFloat)).abs().max().item<float>() < 1e-5F);
}

TEST_CASE("the two conventions differ by rounding to 8 bits", "[metrics][unit]") {
  const TempFolder folder;
  save_script(folder / "i3d.pt", kColumns);
  const auto eight = torch::full({1, 3, 10, 224, 224}, 100 / 127.5 - 1);
  const auto between = torch::full({1, 3, 10, 224, 224}, 100.3 / 127.5 - 1);
  const auto first = [&](FvdConvention convention, const torch::Tensor& video) {
    return i3d_features(folder / "i3d.pt", convention).features(video)[0][0].item<double>();
  };
  CHECK(first(FvdConvention::styleganv, between) == Approx(100.3 / 127.5 - 1));
  CHECK(first(FvdConvention::videogpt, between) == Approx(100 / 127.5 - 1));
  CHECK(first(FvdConvention::videogpt, eight) == Approx(first(FvdConvention::styleganv, eight)));
  CHECK(flashmotion::to_string(FvdConvention::videogpt) == "videogpt");
}

TEST_CASE("a network is called with the flags that it knows", "[metrics][unit]") {
  const TempFolder folder;
  save_script(folder / "i3d.pt",
              "def forward(self, x, rescale: bool = True, resize: bool = True, return_features: bool = False):\n"
              "  assert not rescale and not resize and return_features\n"
              "  return x.mean([2, 3, 4])[:, :1].expand(-1, 400)\n");
  CHECK_NOTHROW(i3d_features(folder / "i3d.pt", FvdConvention::styleganv).features(clip(10, 32, 32)));
}

TEST_CASE("short clips and other networks are refused", "[metrics][message]") {
  const TempFolder folder;
  save_script(folder / "i3d.pt", kColumns);
  save_script(folder / "other.pt", "def forward(self, x):\n  return x.mean([2, 3, 4])\n");
  const auto convention = FvdConvention::videogpt;
  CHECK_THROWS_WITH(i3d_features(folder / "i3d.pt", convention).features(clip(9, 32, 32)),
                    Contains("10 frames or more"));
  CHECK_THROWS_WITH(i3d_features(folder / "other.pt", convention).features(clip(10, 32, 32)),
                    Contains("Float[1, 3]") && Contains("[1, 400]"));
}

}  // namespace i3d_features_test
