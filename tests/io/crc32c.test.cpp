#include "flashmotion/io/crc32c.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>

TEST_CASE("CRC-32C of the examples of RFC 3720", "[io][unit]") {
  using flashmotion::crc32c;
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
  CHECK(crc32c(rising) == 0x46DD794EU);
  CHECK(crc32c(std::string(rising.rbegin(), rising.rend())) == 0x113FDB5CU);
  CHECK(crc32c("123456789") == 0xE3069283U);  // the check value of catalogues of checksums
  CHECK(crc32c("") == 0U);
}
