#include "flashmotion/io/gif_writer.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/video.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

namespace gif_writer_test {

at::Tensor back(const std::filesystem::path& file) { return flashmotion::read_video(file).frames; }

TEST_CASE("a clip of few colours comes back exactly", "[io][law]") {
  const TempFolder folder;
  at::manual_seed(3);
  // Colours that differ in their upper bits, at random places: many codes of every width, and the table full and begun
  // anew.
  const at::Tensor palette = at::randint(0, 32, {200, 3}).mul(8).to(at::kByte);
  const at::Tensor clip = palette.index_select(0, at::randint(0, 200, {3 * 90 * 70})).reshape({3, 90, 70, 3});
  flashmotion::write_gif(folder / "a.gif", clip, 10);
  CHECK(back(folder / "a.gif").equal(clip));
  CHECK(flashmotion::read_video(folder / "a.gif").fps == Approx(10));
  const at::Tensor plain = at::full({2, 5, 4, 3}, 77, at::kByte);
  flashmotion::write_gif(folder / "b.gif", plain, 10);
  CHECK(back(folder / "b.gif").equal(plain));
  const at::Tensor pixel = at::tensor({1, 2, 3}, at::kByte).reshape({1, 1, 1, 3});
  flashmotion::write_gif(folder / "c.gif", pixel, 10);
  CHECK(back(folder / "c.gif").equal(pixel));
}

TEST_CASE("a clip of many colours comes back nearly", "[io][unit]") {
  const TempFolder folder;
  const at::Tensor ramp = at::arange(128).mul(2).to(at::kByte);
  const at::Tensor clip = at::stack({ramp.unsqueeze(0).expand({128, 128}), ramp.unsqueeze(1).expand({128, 128}),
                                     at::full({128, 128}, 90, at::kByte)},
                                    -1)
                              .unsqueeze(0);
  flashmotion::write_gif(folder / "a.gif", clip, 8);
  // 256 colours for a square of 256 x 256 values are cells of 16 x 16, so 8 from the middle, and 8 more for counting in
  // fives.
  const at::Tensor error = back(folder / "a.gif").to(at::kFloat).sub(clip.to(at::kFloat)).abs();
  CHECK(error.max().item<double>() <= 16);
  CHECK(error.mean().item<double>() <= 5);
}

TEST_CASE("a GIF repeats, and other shapes are refused", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_gif(folder / "a.gif", at::zeros({1, 2, 2, 3}, at::kByte), 8);
  CHECK(flashmotion::read_file((folder / "a.gif").string()).find("NETSCAPE2.0") != std::string::npos);
  CHECK_THROWS_AS(flashmotion::write_gif(folder / "b.gif", at::zeros({1, 2, 2, 3}), 8), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::write_gif(folder / "b.gif", at::zeros({1, 2, 2}, at::kByte), 8),
                  flashmotion::ShapeError);
}

}  // namespace gif_writer_test
