#include "flashmotion/wan/tiled_decode.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/peak_bytes.hpp"
#include "tests/wan/tiny_vae.hpp"

#include <algorithm>
#include <stdexcept>

namespace tiled_decode_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::Rng;
using flashmotion::Tensor;
using flashmotion::wan::decode_in_tiles;
using flashmotion::wan::TileAxis;
using flashmotion::wan::Vae;
using flashmotion::wan::VaeVersion;

double rms(const Tensor& x) { return x.square().mean().sqrt().item<double>(); }

TEST_CASE("pieces of an axis cover it, and their shares sum to one", "[wan][law]") {
  for (const std::int64_t tile : {8, 9, 12, 16, 31}) {
    for (std::int64_t cells = 1; cells <= 100; ++cells) {
      for (const std::int64_t factor : {8, 16}) {
        CAPTURE(tile, cells, factor);
        const TileAxis axis(cells, tile);
        const auto& begins = axis.begins();
        REQUIRE(axis.length() == std::min(cells, tile));
        REQUIRE(begins.front() == 0);
        REQUIRE(begins.back() + axis.length() == cells);
        REQUIRE((begins.size() == 1) == (cells <= tile));
        Tensor sum = torch::zeros({cells * factor});
        for (std::size_t i = 0; i < begins.size(); ++i) {
          const Tensor shares = axis.shares(i, factor);
          REQUIRE(shares.min().item<double>() >= 0.0);
          sum.narrow(0, begins[i] * factor, shares.size(0)).add_(shares);
          if (i == 0) continue;
          REQUIRE(begins[i] > begins[i - 1]);
          REQUIRE(4 * (begins[i - 1] + axis.length() - begins[i]) >= tile);  // what both have
        }
        REQUIRE_THAT(sum, close_to(torch::ones_like(sum), {1e-5, 0}));
      }
    }
  }
}

TEST_CASE("shares pass linearly from a piece to the next, over a quarter of a piece", "[wan][unit]") {
  const TileAxis axis(14, 8);  // pieces from 0 and 6: both have the cells 6 and 7
  REQUIRE(axis.begins() == std::vector<std::int64_t>{0, 6});
  const Tensor shares = axis.shares(1, 2);
  CHECK_THAT(shares.narrow(0, 0, 5), close_to(torch::tensor({0.125, 0.375, 0.625, 0.875, 1.0}, torch::kFloat)));
  CHECK(shares.narrow(0, 4, 12).eq(1.0).all().item<bool>());
}

TEST_CASE("a tile that covers the frame gives the bytes that whole frames give", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const Tensor latent = Rng(2, "latent").normal({1, 4, 3, 5, 8});
  const Tensor whole = vae.decode(latent);
  for (const std::int64_t cells : {8, 12}) {
    const std::int64_t pixels = cells * vae.config().spatial_factor();
    CHECK(flashmotion::wan::tile_count(latent, pixels, vae.config()) == 1);
    CHECK_THAT(decode_in_tiles(vae, latent, pixels, torch::kCPU, [] {}), equal_to(whole));
  }
  CHECK_THAT(decode_in_tiles(vae, latent, 0, torch::kCPU, [] {}), equal_to(whole));
}

TEST_CASE("each pixel is the weighted sum of the tiles over it", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const std::int64_t factor = vae.config().spatial_factor();
  const Tensor latent = Rng(3, "latent").normal({1, 4, 2, 8, 14});
  const Tensor left = vae.decode(latent.narrow(4, 0, 8)), right = vae.decode(latent.narrow(4, 6, 8));
  // Columns of pixels 6 * factor to 8 * factor are in both; the share of the right one rises from 0 to 1 over them.
  const Tensor share = (torch::arange(2 * factor) + 0.5) / static_cast<double>(2 * factor);
  const Tensor both = left.narrow(4, 6 * factor, 2 * factor) * (1 - share) + right.narrow(4, 0, 2 * factor) * share;
  const Tensor want = torch::cat({left.narrow(4, 0, 6 * factor), both, right.narrow(4, 2 * factor, 6 * factor)}, 4);
  CHECK(flashmotion::wan::tile_count(latent, 8 * factor, vae.config()) == 2);
  int steps = 0;
  CHECK_THAT(decode_in_tiles(vae, latent, 8 * factor, torch::kCPU, [&] { ++steps; }), close_to(want, {1e-5, 1e-5}));
  CHECK(steps == 2 * 2);
}

// A clip in two tiles of 16 cells, which share the columns 12 to 15 of 28.
struct TwoTiles {
  explicit TwoTiles(VaeVersion version) : vae(tiny_vae::shaken(tiny_vae::config(version))) {
    const Tensor latent = Rng(4, "latent").normal({1, 4, 2, 16, 28});
    factor = vae.config().spatial_factor();
    whole = vae.decode(latent);
    tiled = decode_in_tiles(vae, latent, 16 * factor, torch::kCPU, [] {});
    left = vae.decode(latent.narrow(4, 0, 16));
    right = vae.decode(latent.narrow(4, 12, 16));
  }
  Vae vae;
  std::int64_t factor = 0;
  Tensor whole, tiled, left, right;
};

TEST_CASE("tiles stay near to whole frames, and nearer away from the seam", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const TwoTiles made(version);
  const Tensor error = made.tiled - made.whole;
  const auto columns = [&](std::int64_t begin, std::int64_t count) {
    return rms(error.narrow(4, begin * made.factor, count * made.factor));
  };
  const double size = rms(made.whole - made.whole.mean());
  CHECK(rms(error) < 0.05 * size);
  CHECK(columns(12, 4) < 0.1 * size);
  CHECK(columns(0, 4) < 0.2 * columns(12, 4));
  CHECK(columns(24, 4) < 0.2 * columns(12, 4));
}

TEST_CASE("a seam is no edge: no pixel is further off than in the worse of its tiles", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const TwoTiles made(version);
  const std::int64_t f = made.factor;
  const Tensor whole = made.whole.narrow(4, 12 * f, 4 * f);
  const Tensor of_left = made.left.narrow(4, 12 * f, 4 * f) - whole, of_right = made.right.narrow(4, 0, 4 * f) - whole;
  const Tensor error = made.tiled.narrow(4, 12 * f, 4 * f) - whole;
  CHECK((error.abs() <= torch::maximum(of_left.abs(), of_right.abs()) + 1e-5).all().item<bool>());
  // The step of the error from one column to the next. Blended over 4 f columns it is a mean of the steps in the tiles,
  // and a 4 f-th of what lies between these; tiles that are put side by side bring all that lies between them.
  const auto step = [&](const Tensor& before, const Tensor& after) {
    return rms(after.narrow(4, 2 * f, 1) - before.narrow(4, 2 * f - 1, 1));
  };
  const double between = rms(of_right.narrow(4, 2 * f - 1, 1) - of_left.narrow(4, 2 * f - 1, 1));
  const double inside = std::max(step(of_left, of_left), step(of_right, of_right));
  CHECK(step(error, error) <= inside + between / static_cast<double>(4 * f));
  if (version == VaeVersion::wan21) CHECK(step(of_left, of_right) > 3 * inside);
}

TEST_CASE("memory falls to that of a tile and the clip's pixels", "[wan][law]") {
  const Vae vae = tiny_vae::shaken(tiny_vae::config(VaeVersion::wan22));
  const Tensor latent = Rng(5, "latent").normal({1, 4, 5, 32, 32});
  const auto peak = [&](const auto& work) {
    const std::int64_t before = PeakBytes::held();
    const PeakBytes now;
    work();
    return static_cast<double>(now.bytes() - before);
  };
  const auto tiled = [&](std::int64_t pixels) {
    return peak([&] { static_cast<void>(decode_in_tiles(vae, latent, pixels, torch::kCPU, [] {})); });
  };
  const double clip = 4.0 * 3 * 17 * 512 * 512;
  for (const std::int64_t cells : {8, 16, 32}) {
    const double alone = peak([&] {
      auto stream = vae.decode_stream();
      for (std::int64_t t = 0; t < 5; ++t)
        static_cast<void>(stream.push(latent.narrow(2, t, 1).narrow(3, 0, cells).narrow(4, 0, cells)));
    });
    CHECK(tiled(16 * cells) < clip + 1.1 * alone);
  }
  CHECK(tiled(128) < 0.3 * tiled(0));
}

TEST_CASE("what is thrown on the way ends the decoding", "[wan][unit]") {
  const Vae vae = tiny_vae::shaken(tiny_vae::config(VaeVersion::wan21));
  const Tensor latent = Rng(6, "latent").normal({1, 4, 1, 8, 14});
  CHECK_THROWS_AS(decode_in_tiles(vae, latent, 64, torch::kCPU, [] { throw std::domain_error("stop"); }),
                  std::domain_error);
  CHECK_THROWS_AS(decode_in_tiles(vae, latent[0], 64, torch::kCPU, [] {}), flashmotion::ShapeError);
}

TEST_CASE("tiles that do not fit are refused with the nearest that do", "[wan][message]") {
  using flashmotion::wan::check_tile;
  const auto recent = flashmotion::wan::vae22(), old = flashmotion::wan::vae21();
  for (const std::int64_t good : {0, 128, 144, 512}) CHECK_NOTHROW(check_tile(good, recent));
  CHECK_NOTHROW(check_tile(72, old));
  CHECK_THROWS_WITH(check_tile(500, recent),
                    "tiles of 500 pixels do not fit the autoencoder: sides are multiples of 16, 128 at least; use 496, "
                    "or 0 for whole frames");
  CHECK_THROWS_WITH(check_tile(-3, recent), Catch::Matchers::Contains("use 128, or 0"));
  CHECK_THROWS_WITH(check_tile(63, old), Catch::Matchers::Contains("multiples of 8, 64 at least; use 64"));
}

}  // namespace tiled_decode_test
