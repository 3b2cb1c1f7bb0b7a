#include "flashmotion/io/image.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/pixels.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <png.h>

#include <cstdio>
#include <string>
#include <vector>

namespace image_test {

using Catch::Matchers::Contains;
using flashmotion::InputError;

// Files as other programs write them, through libpng itself.
void save_png(const std::filesystem::path& path, int width, int height, int depth, int colour,
              const std::vector<std::string>& rows, bool interlaced = false) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), depth, colour,
               interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  const png_color palette[3] = {{0, 0, 0}, {255, 0, 0}, {0, 0, 255}};
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 3);
  png_write_info(png, info);
  std::vector<std::string> copy = rows;
  std::vector<png_bytep> pointers;
  for (std::string& row : copy) pointers.push_back(reinterpret_cast<png_bytep>(row.data()));
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
}

TEST_CASE("bytes and pixels go to and fro without loss", "[io][unit]") {
  const at::Tensor bytes = at::arange(2 * 4 * 8 * 3).remainder(256).to(at::kByte).reshape({2, 4, 8, 3});
  const at::Tensor pixels = flashmotion::from_rgb8(bytes);
  CHECK(pixels.sizes() == at::IntArrayRef({3, 2, 4, 8}));
  CHECK(pixels.min().item<float>() == -1.0F);
  CHECK(flashmotion::to_rgb8(pixels).equal(bytes));
  CHECK(flashmotion::to_rgb8(at::full({3, 1, 1}, 7.0)).equal(at::full({1, 1, 3}, 255, at::kByte)));
  CHECK(flashmotion::to_rgb8(at::full({3, 1, 1}, NAN)).equal(at::zeros({1, 1, 3}, at::kByte)));
  CHECK_THROWS_AS(flashmotion::to_rgb8(at::zeros({2, 4, 4})), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::from_rgb8(at::zeros({4, 4, 3})), flashmotion::ShapeError);
}

TEST_CASE("a written PNG reads back equal, and equal pictures give equal bytes", "[io][unit]") {
  const TempFolder folder;
  flashmotion::Rng rng(3, "png");
  const at::Tensor bytes = rng.integers(0, 256, {7, 5, 3}).to(at::kByte);
  flashmotion::write_png(folder / "a.png", bytes);
  flashmotion::write_png(folder / "b.png", flashmotion::from_rgb8(bytes));
  CHECK(flashmotion::read_image_rgb8(folder / "a.png").equal(bytes));
  CHECK(flashmotion::read_image(folder / "a.png").equal(flashmotion::from_rgb8(bytes)));
  CHECK(flashmotion::read_file((folder / "a.png").string()) == flashmotion::read_file((folder / "b.png").string()));
  CHECK_THROWS_AS(flashmotion::write_png(folder / "c.png", at::zeros({4, 4})), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::write_png(folder / "c.png", at::zeros({3, 4, 4}, at::kByte)), flashmotion::ShapeError);
}

TEST_CASE("grey, palette, 16-bit, alpha and interlaced PNG are read", "[io][unit]") {
  const TempFolder folder;
  save_png(folder / "grey.png", 2, 1, 8, PNG_COLOR_TYPE_GRAY, {std::string("\x00\xff", 2)});
  CHECK(flashmotion::read_image(folder / "grey.png")
            .equal(at::stack({at::arange(-1, 2, 2).to(at::kFloat).reshape({1, 2}),
                              at::arange(-1, 2, 2).to(at::kFloat).reshape({1, 2}),
                              at::arange(-1, 2, 2).to(at::kFloat).reshape({1, 2})})));
  CHECK(flashmotion::read_mask_png(folder / "grey.png").select(0, 0).select(0, 1).item<int>() == 255);

  // Two-bit palette indices 0, 1, 2, 1.
  save_png(folder / "palette.png", 4, 1, 2, PNG_COLOR_TYPE_PALETTE, {std::string("\x19", 1)});
  const at::Tensor labels = flashmotion::read_mask_png(folder / "palette.png");
  CHECK(labels.flatten().equal(at::tensor({0, 1, 2, 1}).to(at::kByte)));
  const at::Tensor colours = flashmotion::read_image_rgb8(folder / "palette.png");
  CHECK(colours.select(0, 0).select(0, 2).equal(at::tensor({0, 0, 255}).to(at::kByte)));

  save_png(folder / "one_bit.png", 8, 1, 1, PNG_COLOR_TYPE_GRAY, {std::string("\x81", 1)});
  CHECK(flashmotion::read_mask_png(folder / "one_bit.png").flatten().sum().item<int>() == 2);
  CHECK(flashmotion::read_image(folder / "one_bit.png").max().item<float>() == 1.0F);

  save_png(folder / "deep.png", 2, 1, 16, PNG_COLOR_TYPE_GRAY, {std::string("\x80\x00\x00\x80", 4)});
  const at::Tensor deep = flashmotion::read_image(folder / "deep.png");
  CHECK(deep.select(0, 0).select(0, 0).select(0, 0).item<float>() == Approx(2.0 * 0x8000 / 65535.0 - 1.0).margin(1e-6));
  CHECK(deep.select(0, 0).select(0, 0).select(0, 1).item<float>() == Approx(2.0 * 0x0080 / 65535.0 - 1.0).margin(1e-6));
  CHECK(flashmotion::read_mask_png(folder / "deep.png").flatten().equal(at::tensor({0x80, 0}).to(at::kByte)));

  save_png(folder / "alpha.png", 1, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {std::string("\x0a\x14\x1e\x80", 4)});
  CHECK(flashmotion::read_image_rgb8(folder / "alpha.png").flatten().equal(at::tensor({10, 20, 30}).to(at::kByte)));

  const std::vector<std::string> rows = {"abcdefghi", "jklmnopqr", "stuvwxyzA"};
  save_png(folder / "plain.png", 3, 3, 8, PNG_COLOR_TYPE_RGB, rows);
  save_png(folder / "interlaced.png", 3, 3, 8, PNG_COLOR_TYPE_RGB, rows, true);
  CHECK(flashmotion::read_image(folder / "plain.png").equal(flashmotion::read_image(folder / "interlaced.png")));
}

TEST_CASE("colours of an RGB mask become labels, black is 0", "[io][unit]") {
  const TempFolder folder;
  at::Tensor picture = at::zeros({2, 2, 3}, at::kByte);
  picture.select(0, 0).select(0, 1).copy_(at::tensor({255, 0, 0}));
  picture.select(0, 1).select(0, 0).copy_(at::tensor({0, 0, 255}));
  flashmotion::write_png(folder / "mask.png", picture);
  CHECK(flashmotion::read_mask_png(folder / "mask.png").flatten().equal(at::tensor({0, 2, 1, 0}).to(at::kByte)));
  flashmotion::write_png(folder / "photo.png",
                         flashmotion::Rng(1, "photo").integers(0, 256, {32, 32, 3}).to(at::kByte));
  CHECK_THROWS_WITH(flashmotion::read_mask_png(folder / "photo.png"), Contains("more than 255 colours"));
  const at::Tensor labels = at::arange(12).to(at::kByte).reshape({3, 4});
  flashmotion::write_mask_png(folder / "labels.png", labels);
  CHECK(flashmotion::read_mask_png(folder / "labels.png").equal(labels));
  CHECK_THROWS_AS(flashmotion::write_mask_png(folder / "labels.png", at::zeros({3, 4})), flashmotion::ShapeError);
}

TEST_CASE("missing and damaged pictures are refused by name", "[io][message]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(flashmotion::read_image(folder / "none.png"), Contains("cannot be read"));
  flashmotion::write_file_atomically((folder / "text.png").string(), "this is a text, and not a picture at all");
  CHECK_THROWS_AS(flashmotion::read_image(folder / "text.png"), InputError);
  CHECK_THROWS_WITH(flashmotion::read_mask_png(folder / "text.png"), Contains("is not a PNG picture"));
  flashmotion::write_file_atomically((folder / "empty.jpg").string(), "");
  CHECK_THROWS_AS(flashmotion::read_image(folder / "empty.jpg"), InputError);
  flashmotion::write_png(folder / "whole.png", flashmotion::Rng(1, "cut").integers(0, 256, {16, 16, 3}).to(at::kByte));
  const std::string whole = flashmotion::read_file((folder / "whole.png").string());
  for (const std::size_t length : {std::size_t{8}, std::size_t{20}, whole.size() / 2, whole.size() - 20}) {
    flashmotion::write_file_atomically((folder / "cut.png").string(), whole.substr(0, length));
    CHECK_THROWS_WITH(flashmotion::read_image(folder / "cut.png"),
                      Contains("is a damaged PNG picture: the file ends early"));
  }
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
  flashmotion::write_file_atomically((folder / "flipped.png").string(), flipped);
  CHECK_THROWS_WITH(flashmotion::read_image(folder / "flipped.png"), Contains("is a damaged PNG picture"));
}

TEST_CASE("a photograph in JPEG is read by content, whatever its name", "[io][unit]") {
  const auto clip = test_data("clips/mammoth_rhino");
  if (!clip) FLASHMOTION_SKIP("the clips of the test data are not here");
  const TempFolder folder;
  std::filesystem::copy_file(*clip / "frames" / "00000.jpg", folder / "photo.png");
  const at::Tensor photo = flashmotion::read_image(folder / "photo.png");
  CHECK(photo.sizes() == at::IntArrayRef({3, 240, 432}));
  CHECK(photo.min().item<float>() >= -1.0F);
  CHECK(photo.max().item<float>() <= 1.0F);
  CHECK(photo.std().item<float>() > 0.1F);
  const at::Tensor labels = flashmotion::read_mask_png(*clip / "masks" / "00000.png");
  CHECK(labels.sizes() == at::IntArrayRef({240, 432}));
  CHECK(labels.max().item<int>() == 2);

  const std::string whole = flashmotion::read_file((folder / "photo.png").string());
  flashmotion::write_file_atomically((folder / "cut.jpg").string(), whole.substr(0, whole.size() / 2));
  CHECK_THROWS_AS(flashmotion::read_image(folder / "cut.jpg"), InputError);
}

}  // namespace image_test
