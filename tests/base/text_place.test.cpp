#include "flashmotion/base/text_place.hpp"
#include "tests/support/catch.hpp"

namespace text_place_test {

using flashmotion::place_of;

TEST_CASE("a place counts lines and characters from 1", "[base][unit]") {
  const std::string_view text =
      "ab\nc\xC3\xA9"
      "d\n";
  const auto expect = [&](std::size_t byte, std::int64_t line, std::int64_t column) {
    const auto place = place_of(text, byte);
    CHECK(place.line == line);
    CHECK(place.column == column);
  };
  expect(0, 1, 1);
  expect(2, 1, 3);  // the line break itself
  expect(3, 2, 1);
  expect(6, 2, 3);  // behind two bytes of one character
  expect(8, 3, 1);
  expect(100, 3, 1);
}

}  // namespace text_place_test
