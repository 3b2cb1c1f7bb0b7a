#include "flashmotion/io/atomic_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

namespace atomic_file_test {

TEST_CASE("a file appears whole at commit and replaces the old one", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_file(folder / "x", "old");
  flashmotion::AtomicFile file(folder / "x");
  file.write("ne");
  file.write("w");
  CHECK(flashmotion::read_file((folder / "x").string()) == "old");
  file.commit();
  CHECK(flashmotion::read_file((folder / "x").string()) == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("without commit nothing is left, and a missing folder is the user's mistake", "[io][unit]") {
  const TempFolder folder;
  { flashmotion::AtomicFile(folder / "x").write("half"); }
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK_THROWS_AS(flashmotion::write_file(folder / "none" / "x", "a"), flashmotion::InputError);
  CHECK(flashmotion::temporary_beside("a/b.txt").parent_path() == "a");
  flashmotion::write_file(folder / "t", "1");
  flashmotion::publish(folder / "t", folder / "u");
  CHECK(flashmotion::read_file((folder / "u").string()) == "1");
  CHECK_FALSE(std::filesystem::exists(folder / "t"));
}

}  // namespace atomic_file_test
