#include "flashmotion/io/lanczos.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <vector>

namespace lanczos_test {

using flashmotion::resize_lanczos;
using flashmotion::ResizeWindow;
using flashmotion::ShapeError;
using flashmotion::Tensor;

// Red 37 x + 11 y, green x x + 3 y, blue 7 x y + 5, all modulo 256.
Tensor picture(std::int64_t width, std::int64_t height) {
  const Tensor y = torch::arange(height, torch::kLong).unsqueeze(1);
  const Tensor x = torch::arange(width, torch::kLong).unsqueeze(0);
  const Tensor flat = torch::stack({x * 37 + y * 11, x * x + y * 3, x * y * 7 + 5}, -1);
  return flat.remainder(256).to(torch::kByte);
}

ResizeWindow whole(std::int64_t width, std::int64_t height) { return {height, width, 0, 0, height, width}; }

TEST_CASE("Lanczos gives Pillow's bytes", "[io][golden]") {
  // Pillow 12, Image.LANCZOS: sum of all bytes, sum of bytes times their place modulo 251, the first nine.
  struct Row {
    std::int64_t width, height, to_width, to_height, sum, moment;
    std::vector<std::int64_t> first;
  };
  const std::vector<Row> table{
      {50, 30, 20, 12, 88314, 10734767, {34, 3, 9, 138, 12, 22, 175, 35, 31}},
      {13, 9, 40, 31, 350201, 43624466, {0, 0, 5, 0, 0, 5, 6, 0, 5}},
      {64, 48, 64, 20, 478856, 59327533, {8, 2, 5, 45, 3, 10, 82, 6, 15}},
      {7, 5, 7, 5, 6709, 408448, {0, 0, 5, 37, 1, 5, 74, 4, 5}},
      {300, 2, 3, 4, 3648, 70270, {126, 107, 0, 129, 105, 0, 124, 102, 0}},
  };
  for (const Row& row : table) {
    INFO(row.width << "x" << row.height << " to " << row.to_width << "x" << row.to_height);
    const Tensor made =
        resize_lanczos(picture(row.width, row.height), whole(row.to_width, row.to_height)).to(torch::kLong).flatten();
    CHECK(made.sum().item<std::int64_t>() == row.sum);
    CHECK((made * torch::arange(made.numel()).remainder(251)).sum().item<std::int64_t>() == row.moment);
    CHECK(made.slice(0, 0, 9).equal(torch::tensor(row.first)));
  }
}

TEST_CASE("a window is the part of the whole", "[io][law]") {
  const Tensor small = picture(11, 7);
  const Tensor large = resize_lanczos(small, whole(90, 60));
  const Tensor part = resize_lanczos(small, {60, 90, 13, 40, 20, 33});
  CHECK(part.equal(large.slice(0, 13, 33).slice(1, 40, 73)));
  // Fourteen million pixels wide as a whole.
  const Tensor wide = resize_lanczos(torch::full({1, 20000, 3}, 77, torch::kByte), {704, 14080000, 0, 7000000, 4, 8});
  CHECK(wide.eq(77).all().item<bool>());
}

TEST_CASE("what cannot be resized is told", "[io][message]") {
  CHECK_THROWS_AS(resize_lanczos(torch::zeros({2, 2}, torch::kByte), whole(2, 2)), ShapeError);
  CHECK_THROWS_AS(resize_lanczos(picture(4, 4), {4, 4, 1, 0, 4, 4}), ShapeError);
}

}  // namespace lanczos_test
