#include "flashmotion/base/append_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <string>

namespace append_file_test {

TEST_CASE("bytes are added at the end, and the file is made when it is missing", "[base][unit]") {
  const TempFolder folder;
  const std::string file = (folder / "lines").string();
  flashmotion::append_to_file(file, "one\n");
  flashmotion::append_to_file(file, std::string_view("\0two", 4));
  CHECK(flashmotion::read_file(file) == std::string("one\n\0two", 8));
}

TEST_CASE("what cannot be added to is named with the reason", "[base][message]") {
  const TempFolder folder;
  CHECK_THROWS_AS(flashmotion::append_to_file((folder / "none/lines").string(), "x"), flashmotion::InputError);
  CHECK_THROWS_WITH(flashmotion::append_to_file(folder.path().string(), "x"),
                    "'" + folder.path().string() + "' cannot be written: Is a directory");
}

}  // namespace append_file_test
