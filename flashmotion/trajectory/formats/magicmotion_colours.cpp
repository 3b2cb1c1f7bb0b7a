#include "flashmotion/trajectory/formats/magicmotion_colours.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace flashmotion {
namespace magicmotion_colours_detail {

constexpr int kNear = 10;  // how far compression takes a colour, in a channel

// By the number of the object; the tools begin with 1 and start again after the last.
constexpr std::array<Colour, 21> kFull{{{0xa3, 0x51, 0xfb}, {0xff, 0x40, 0x40}, {0xff, 0xa1, 0xa0}, {0xff, 0x76, 0x33},
                                        {0xff, 0xb6, 0x33}, {0xd1, 0xd4, 0x35}, {0x4c, 0xfb, 0x12}, {0x94, 0xcf, 0x1a},
                                        {0x40, 0xde, 0x8a}, {0x1b, 0x96, 0x40}, {0x00, 0xd6, 0xc1}, {0x2e, 0x9c, 0xaa},
                                        {0x00, 0xc4, 0xff}, {0x36, 0x45, 0x47}, {0x66, 0x75, 0xff}, {0x00, 0x19, 0xef},
                                        {0x86, 0x3a, 0xff}, {0x53, 0x00, 0x87}, {0xcd, 0x3a, 0xff}, {0xff, 0x97, 0xca},
                                        {0xff, 0x39, 0xc9}}};

// Halves round to the even number.
std::uint8_t half(std::uint8_t value) { return static_cast<std::uint8_t>(value / 2 + (value % 4 == 3 ? 1 : 0)); }

Colour drawn(Colour full) { return {half(full.red), half(full.green), half(full.blue)}; }

}  // namespace magicmotion_colours_detail

std::optional<std::int64_t> magicmotion_number(Colour colour) {
  using namespace magicmotion_colours_detail;
  for (std::size_t i = 0; i < kFull.size(); ++i) {
    const Colour own = drawn(kFull[i]);
    const auto near = [](std::uint8_t a, std::uint8_t b) { return std::abs(int{a} - int{b}) <= kNear; };
    if (near(own.red, colour.red) && near(own.green, colour.green) && near(own.blue, colour.blue))
      return static_cast<std::int64_t>(i);
  }
  return std::nullopt;
}

Colour nominal_colour(Colour colour) {
  const auto number = magicmotion_number(colour);
  return number
             ? magicmotion_colours_detail::drawn(magicmotion_colours_detail::kFull[static_cast<std::size_t>(*number)])
             : colour;
}

std::int64_t magicmotion_thickness(std::int64_t height, std::int64_t width) {
  return std::max<std::int64_t>(1, std::min(height, width) / 100);
}

}  // namespace flashmotion
