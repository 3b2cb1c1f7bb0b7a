#include "flashmotion/pipeline/latent_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

#include <fstream>

namespace latent_file_test {

using namespace flashmotion;
using Catch::Matchers::Contains;

ClipLatents example() {
  ClipLatents clip;
  clip.latent = torch::randn({1, 4, 3, 2, 5});
  clip.size = {80, 32};
  clip.frames = 9;
  clip.fps = 23.976;
  clip.seed = 18446744073709551615U;
  clip.prompt = "une \"pomme\"\nrouge";
  clip.model = "models/a";
  clip.inputs = "d1g";
  clip.vae_dtype = at::kFloat;
  return clip;
}

TEST_CASE("latents come back as they were written", "[pipeline][law]") {
  const TempFolder folder;
  const ClipLatents clip = example();
  write_latents(folder / "a.latents.safetensors", clip);
  const ClipLatents back = read_latents(folder / "a.latents.safetensors");
  CHECK(back.latent.equal(clip.latent));
  CHECK(back.size == clip.size);
  CHECK(back.frames == clip.frames);
  CHECK(back.fps == clip.fps);
  CHECK(back.seed == clip.seed);
  CHECK(back.prompt == clip.prompt);
  CHECK(back.model == clip.model);
  CHECK(back.inputs == clip.inputs);
  CHECK(back.vae_dtype == clip.vae_dtype);
  CHECK(latents_beside("x/clip.mp4") == "x/clip.latents.safetensors");
  CHECK(latents_beside("x/clip") == "x/clip.latents.safetensors");
}

TEST_CASE("files that hold no latents, or damaged ones, are refused", "[pipeline][message]") {
  const TempFolder folder;
  const auto file = folder / "a.latents.safetensors";
  write_sealed_safetensors(file, {{"latent", torch::zeros({1})}}, {{"format", "flashmotion"}});
  CHECK_THROWS_WITH(read_latents(file), Contains("holds no latents of a clip"));
  ClipLatents clip = example();
  clip.frames = 13;
  write_latents(file, clip);
  CHECK_THROWS_WITH(read_latents(file), Contains("latents [1, 4, 3, 2, 5], which are none of a clip of 13 frames"));
  write_latents(file, example());
  {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(-3, std::ios::end);
    bytes.put('x');
  }
  CHECK_THROWS_AS(read_latents(file), InputError);
  CHECK_THROWS_AS(read_latents(folder / "none"), InputError);
}

}  // namespace latent_file_test
