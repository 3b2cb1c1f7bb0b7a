#include "flashmotion/io/zip_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <variant>

namespace zip_file_test {

using Catch::Matchers::Contains;

// An archive of one deflated file "a" with the content "hello hello hello hello", as zlib packs it.
std::string deflated() {
  const std::string packed("\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01", 10);
  const std::string middle("\0\0\x08\0\0\0\0\0\xe3\x51\x3d\x8d\x0a\0\0\0\x17\0\0\0\1\0\0\0", 24);
  std::string bytes = std::string("PK\x03\x04\x14\0", 6) + middle + "a" + packed;
  const std::string directory = std::string("PK\x01\x02\x14\0\x14\0", 8) + middle + std::string(14, '\0') + "a";
  const std::string end = std::string("PK\x05\x06\0\0\0\0\1\0\1\0\x2f\0\0\0\x29\0\0\0\0\0", 22);
  return bytes + directory + end;
}

TEST_CASE("a deflated file is unpacked and its checksum compared", "[io][golden]") {
  const std::string archive = deflated();
  CHECK(flashmotion::zip_entry(archive, "x.zip", "a") == "hello hello hello hello");
  std::string damaged = archive;
  damaged[35] = static_cast<char>(damaged[35] ^ 1);
  CHECK_THROWS_WITH(flashmotion::zip_entry(damaged, "x.zip", "a"), Contains("'x.zip' is damaged"));
  CHECK_THROWS_WITH(flashmotion::zip_entry(archive, "x.zip", "b"), Contains("has no file 'b' in it"));
}

TEST_CASE("an archive of one file is read back", "[io][law]") {
  const std::string content = std::string("\0\xff", 2) + std::string(1000, 'x');
  CHECK(flashmotion::zip_entry(flashmotion::zip_of_one("array.npy", content), "x", "array.npy") == content);
}

TEST_CASE("bytes in a pickle survive, whatever they are", "[io][law]") {
  std::string all;
  for (int i = 0; i < 512; ++i) all += static_cast<char>(i);
  const flashmotion::TorchPickleFile file(flashmotion::MappedFile(flashmotion::torch_pickle_of_bytes(all), "x.pth"));
  const auto* bytes = std::get_if<std::string>(&file.root().content());
  REQUIRE(bytes != nullptr);
  CHECK(*bytes == all);
}

}  // namespace zip_file_test
