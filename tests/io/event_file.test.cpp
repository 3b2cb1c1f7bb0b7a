#include "flashmotion/io/event_file.hpp"

#include "tests/support/catch.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace event_file_test {

using flashmotion::event_record;
using flashmotion::Scalar;
using flashmotion::scalar_record;

// `0a 1f` as bytes.
std::string bytes(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 3)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

// The message in a record.
std::string message(const std::string& record) { return record.substr(12, record.size() - 16); }

TEST_CASE("a record is length, checksum, message, checksum", "[io][unit]") {
  // 24 bytes: what most of TensorBoard's own files begin with.
  CHECK(event_record(std::string(24, 'x')).substr(0, 12) == bytes("18 00 00 00 00 00 00 00 a3 7f 4b 22"));
  CHECK(event_record(std::string(24, 'x')).size() == 8 + 4 + 24 + 4);
  // Field 3, 13 bytes: brain.Event:2. The checksums were divided out bit by bit.
  CHECK(flashmotion::event_file_start() == bytes("0f 00 00 00 00 00 00 00 6d 53 2b 09 1a 0d 62 72 61 69 6e 2e 45 76 65 "
                                                 "6e 74 3a 32 fc 98 51 29"));
}

TEST_CASE("a step's numbers have the bytes that the format asks for", "[io][unit]") {
  // Field 2, step 5. Field 5, a summary of 10 bytes: field 1, a value of 8 bytes: field 1, the tag of one byte, "a";
  // field 2, the float 1, which is 3f800000.
  CHECK(scalar_record(5, std::vector<Scalar>{{"a", 1.0}}) ==
        bytes("0e 00 00 00 00 00 00 00 c5 e5 69 3f 10 05 2a 0a 0a 08 0a 01 61 15 00 00 80 3f 04 e5 82 91"));
  // Step 300 takes two bytes, 2 * 128 + 44; step 0 is not written.
  CHECK(message(scalar_record(300, {})) == bytes("10 ac 02 2a 00"));
  CHECK(message(scalar_record(0, {})) == bytes("2a 00"));
  CHECK(message(scalar_record(0, std::vector<Scalar>{{"a", -2.0}, {"bc", 0.0}})) ==
        bytes("2a 15 0a 08 0a 01 61 15 00 00 00 c0 0a 09 0a 02 62 63 15 00 00 00 00"));
}

TEST_CASE("what is not finite stays so, and long tags and large steps fit", "[io][unit]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
  CHECK(message(scalar_record(0, std::vector<Scalar>{{"a", nan}})).substr(8) == bytes("00 00 c0 7f"));
  CHECK(message(scalar_record(0, std::vector<Scalar>{{"a", -infinite}})).substr(8) == bytes("00 00 80 ff"));
  const std::string tag(200, 't');
  // 200 is 128 + 72; the value has 200 + 3 + 5 bytes, the summary three more.
  CHECK(message(scalar_record(0, std::vector<Scalar>{{tag, 0.0}})) ==
        bytes("2a d3 01 0a d0 01 0a c8 01") + tag + bytes("15 00 00 00 00"));
  CHECK(message(scalar_record(std::numeric_limits<std::int64_t>::max(), {})) ==
        bytes("10 ff ff ff ff ff ff ff ff 7f 2a 00"));
}

}  // namespace event_file_test
