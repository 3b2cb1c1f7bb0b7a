#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/tiny_fixture.hpp"

#include <nlohmann/json.hpp>

namespace parity_cli_test {

TEST_CASE("parity ends with 0, 1 or 2 and says why", "[cli]") {
  const TempFolder temp;
  tiny_fixture::write(temp / "good");
  tiny_fixture::write(temp / "off", 0.5);

  const auto good = program::run({"parity", "good"}, temp.path());
  CHECK(good.code == 0);
  CHECK(good.err.empty());
  CHECK_THAT(good.out, Catch::EndsWith("folders: 1, tensors: 3, passed: 3, failed: 0\n"));

  const auto off = program::run({"parity", "good", "off"}, temp.path());
  CHECK(off.code == 1);
  CHECK_THAT(off.out, Catch::Contains("FAIL  one.samples"));

  const auto bad = program::run({"parity", "off", "none", "good"}, temp.path());
  CHECK(bad.code == 2);
  CHECK(bad.err == "there is no folder 'none'\n");
  CHECK_THAT(bad.out,
             Catch::EndsWith("folders: 3, tensors: 6, passed: 5, failed: 1, folders that could not be run: 1\n"));

  const auto json = nlohmann::json::parse(program::run({"parity", "good", "none", "--json"}, temp.path()).out);
  CHECK(json.at("passed") == false);
  CHECK(json.at("folders").at(0).at("passed") == true);
  CHECK(json.at("folders").at(1).at("problem") == "there is no folder 'none'");
}

}  // namespace parity_cli_test
