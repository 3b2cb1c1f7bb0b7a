#include "flashmotion/pipeline/decode_clip.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/pipeline/clip_output.hpp"
#include "flashmotion/wan/tiled_decode.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/wan/tiny_vae.hpp"

#include <algorithm>
#include <fstream>

namespace decode_clip_test {

using namespace flashmotion;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

ClipLatents example(std::int64_t factor) {
  ClipLatents clip;
  clip.latent = Rng(1, "latent").normal({1, 4, 4, 2, 3});
  clip.size = {3 * factor, 2 * factor};
  clip.frames = 13;
  clip.fps = 8;
  return clip;
}

ProgressOptions quiet() {
  ProgressOptions options;
  options.quiet = true;
  return options;
}

TEST_CASE("a streamed clip is the clip that is decoded at once", "[pipeline][law]") {
  for (const wan::VaeVersion version : {wan::VaeVersion::wan21, wan::VaeVersion::wan22}) {
    const TempFolder folder;
    const wan::Vae vae = tiny_vae::shaken(tiny_vae::config(version));
    const ClipLatents clip = example(vae.config().spatial_factor());
    const StopFlag stop;
    CHECK(decode_clip(vae, clip, folder / "clip", at::kCPU, stop, quiet()) == "png");
    const torch::NoGradGuard no_grad;
    const Tensor whole = to_rgb8(vae.decode(clip.latent)[0]);
    REQUIRE(whole.size(0) == 13);
    for (std::int64_t t = 0; t < 13; ++t) {
      const Tensor frame = read_image_rgb8(folder / "clip" / fmt::format("{:05d}.png", t));
      CHECK(frame.equal(whole[t]));
    }
  }
}

TEST_CASE("a clip in tiles is written as the tiles give it", "[pipeline][law]") {
  const TempFolder folder;
  const wan::Vae vae = tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan21));
  ClipLatents clip = example(8);
  clip.latent = Rng(1, "latent").normal({1, 4, 2, 9, 12});
  clip.size = {96, 72};
  const StopFlag stop;
  decode_clip(vae, clip, folder / "tiles", at::kCPU, stop, quiet(), 64);
  const Tensor tiles = to_rgb8(wan::decode_in_tiles(vae, clip.latent, 64, at::kCPU, [] {})[0]);
  decode_clip(vae, clip, folder / "one", at::kCPU, stop, quiet(), 96);
  const Tensor whole = to_rgb8(vae.decode(clip.latent)[0]);
  CHECK_FALSE(tiles.equal(whole));
  for (std::int64_t t = 0; t < 5; ++t) {
    const std::string name = fmt::format("{:05d}.png", t);
    CHECK(read_image_rgb8(folder / "tiles" / name).equal(tiles[t]));
    CHECK(read_image_rgb8(folder / "one" / name).equal(whole[t]));
  }
}

TEST_CASE("a stop while decoding leaves no file", "[pipeline][unit]") {
  const TempFolder folder;
  const wan::Vae vae = tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan22));
  StopFlag stop;
  stop.request(2);
  for (const char* name : {"clip.mp4", "clip"}) {
    CHECK_THROWS_AS(decode_clip(vae, example(16), folder / name, at::kCPU, stop, quiet()), Interrupted);
    ClipLatents wide = example(16);
    wide.latent = Rng(1, "latent").normal({1, 4, 1, 2, 9});
    wide.size = {144, 32};
    CHECK_THROWS_AS(decode_clip(vae, wide, folder / name, at::kCPU, stop, quiet(), 128), Interrupted);
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("latents of another model and outputs that cannot be are refused", "[pipeline][message]") {
  const TempFolder folder;
  const wan::Vae vae = tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan22));
  const StopFlag stop;
  ClipLatents clip = example(8);
  clip.model = "other";
  CHECK_THROWS_WITH(decode_clip(vae, clip, folder / "clip.mp4", at::kCPU, stop, quiet()),
                    Contains("are not of this model") && Contains("give --model the one that made them, 'other'"));
  CHECK_THROWS_WITH(check_output(folder / "clip.avi"), Contains("ends neither in '.mp4' nor"));
  CHECK_THROWS_WITH(check_output(folder / "no/clip.mp4"), Contains("there is no folder"));
  fs::create_directory(folder / "full");
  std::ofstream(folder / "full/x") << "x";
  CHECK_THROWS_WITH(check_output(folder / "full"), Contains("not an empty folder"));
  fs::create_directory(folder / "dir.mp4");
  CHECK_THROWS_AS(check_output(folder / "dir.mp4"), InputError);
}

}  // namespace decode_clip_test
