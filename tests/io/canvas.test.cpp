#include "flashmotion/io/canvas.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/colour.hpp"
#include "flashmotion/io/font.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <set>
#include <vector>

namespace canvas_test {

using flashmotion::Canvas;
using flashmotion::CanvasPoint;
using flashmotion::Colour;

constexpr Colour kRed{255, 0, 0};

std::int64_t red_pixels(const Canvas& canvas) {
  return canvas.pixels().select(2, 0).eq(255).sum().item<std::int64_t>();
}

TEST_CASE("colours are read and written as #rrggbb", "[io][unit]") {
  CHECK(flashmotion::parse_colour("#f21A1a") == Colour{0xf2, 0x1a, 0x1a});
  CHECK(flashmotion::colour_text({0xf2, 0x1a, 0x00}) == "#f21a00");
  for (const char* wrong : {"", "red", "#f21a1", "#f21a1a0", "f21a1a", "#f21a1g", "#-21a1a", "# 21a1a"}) {
    CHECK_FALSE(flashmotion::parse_colour(wrong).has_value());
  }
}

TEST_CASE("every letter of ASCII has a shape of its own", "[io][unit]") {
  std::set<flashmotion::Glyph> shapes;
  for (char c = ' '; c <= '~'; ++c) {
    const flashmotion::Glyph& rows = flashmotion::glyph(c);
    for (const auto row : rows) CHECK(row < 32);
    shapes.insert(rows);
  }
  CHECK(shapes.size() == 95);
  CHECK(shapes.count(flashmotion::glyph('\n')) == 0);
  CHECK(flashmotion::text_width("") == 0);
  CHECK(flashmotion::text_width("ab") == 11);
  CHECK(flashmotion::text_width("nä") == 11);
}

TEST_CASE("rectangles and outlines are exact and cut off at the edge", "[io][unit]") {
  Canvas canvas(10, 20);
  CHECK(canvas.height() == 10);
  CHECK(canvas.width() == 20);
  canvas.rectangle(2, 3, 5, 7, kRed);
  CHECK(red_pixels(canvas) == 12);
  CHECK(canvas.at(3, 2) == kRed);
  CHECK(canvas.at(7, 2) == Colour{});
  canvas.fill({});
  canvas.outline(1, 1, 9, 7, kRed, 2);
  CHECK(red_pixels(canvas) == 8 * 6 - 4 * 2);
  canvas.fill({});
  canvas.rectangle(-100, -100, 1000, 1000, kRed);
  CHECK(red_pixels(canvas) == 200);
  canvas.rectangle(0, 0, 1, 1, {}, 0.5);
  CHECK(canvas.at(0, 0) == Colour{128, 0, 0});
  CHECK_THROWS_AS(canvas.at(10, 0), flashmotion::ShapeError);
  CHECK_THROWS_AS(Canvas(0, 4), flashmotion::ShapeError);
}

TEST_CASE("lines, discs and letters cover about their area", "[io][unit]") {
  Canvas canvas(40, 60);
  canvas.line({10, 20.5}, {50, 20.5}, kRed, 3);
  CHECK(canvas.at(20, 30) == kRed);
  CHECK(canvas.at(19, 30) == kRed);
  CHECK(canvas.at(23, 30) == Colour{});
  canvas.fill({});
  canvas.disc({30, 20}, 8, kRed);
  const double area = canvas.pixels().select(2, 0).to(at::kDouble).sum().item<double>() / 255.0;
  CHECK(area == Approx(3.14159 * 64).epsilon(0.02));
  canvas.fill({});
  const std::vector<CanvasPoint> corner = {{5, 5}, {5, 30}, {40, 30}};
  canvas.polyline(corner, kRed, 2);
  CHECK(canvas.at(15, 4) == kRed);
  CHECK(canvas.at(30, 20) == kRed);
  canvas.fill({});
  canvas.text(2, 3, "I", kRed, 2);
  CHECK(red_pixels(canvas) == (3 + 5 + 3) * 4);
  CHECK(canvas.at(3, 4) == kRed);
  canvas.line({-1e9, 5}, {1e9, 5}, kRed);  // far outside is cut off, not walked over
  CHECK(canvas.at(4, 30).red > 0);
}

TEST_CASE("a frame is put enlarged, and parts outside are cut", "[io][unit]") {
  const at::Tensor frame = flashmotion::Rng(1, "canvas").integers(0, 256, {4, 5, 3}).to(at::kByte);
  Canvas canvas(20, 20);
  canvas.blit(frame, 3, 2, 3);
  CHECK(canvas.pixels().slice(0, 3, 14, 3).slice(1, 4, 18, 3).equal(frame));
  canvas.blit(frame, -2, -1);
  CHECK(canvas.pixels().narrow(0, 0, 3).narrow(1, 0, 3).equal(frame.narrow(0, 1, 3).narrow(1, 2, 3)));
  canvas.blit(frame, 18, 19);
  CHECK(Canvas(frame).pixels().equal(frame));
  CHECK_THROWS_AS(canvas.blit(frame.select(2, 0), 0, 0), flashmotion::ShapeError);
}

}  // namespace canvas_test
