#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace flashbench_cli_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using program::run;

TEST_CASE("a benchmark of the toy world is made and checked on the command line", "[cli][unit]") {
  const TempFolder temp;
  const auto made =
      run({"flashbench", "make", "--kind", "toy", "--per-group", "1", "--out", "toy", "--json"}, temp.path());
  INFO(made.err);
  REQUIRE(made.code == 0);
  const auto report = nlohmann::json::parse(made.out);
  CHECK(report["cases"] == 3);
  CHECK(report["unchanged"] == false);
  CHECK(report["groups"] == nlohmann::json::parse(R"({"1": 1, "2": 1, "3": 1})"));
  CHECK(fs::exists(temp / "toy" / "preview.png"));

  const auto checked = run({"flashbench", "check", "toy", "--json"}, temp.path());
  CHECK(checked.code == 0);
  CHECK(nlohmann::json::parse(checked.out)["cases"].size() == 3);
  const auto table = run({"flashbench", "check", "toy", "--quiet"}, temp.path());
  CHECK(table.code == 0);
  CHECK_THAT(table.out, Contains("3 cases of kind 'toy', 9 frames of 32x32") && Contains("2-01"));

  const auto again = run({"flashbench", "make", "--kind", "toy", "--per-group", "1", "--out", "toy"}, temp.path());
  CHECK(again.code == 0);
  CHECK_THAT(again.err, Contains("it was there already"));
  const auto other = run({"flashbench", "make", "--kind", "toy", "--seed", "1", "--out", "toy"}, temp.path());
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Contains("holds another benchmark"));

  fs::remove(temp / "toy" / "cases" / "3-01" / "masks" / "00004.png");
  const auto broken = run({"flashbench", "check", "toy"}, temp.path());
  CHECK(broken.code == 2);
  CHECK_THAT(broken.err, Contains("bench.json:") && Contains("has 8 pictures in 'cases/3-01/masks'"));
}

TEST_CASE("wrong words for benchmarks are bad input", "[cli][message]") {
  const TempFolder temp;
  const auto error = [&](const std::vector<std::string>& arguments) {
    const auto bad = run(arguments, temp.path());
    CHECK(bad.code == 2);
    CHECK(bad.out.empty());
    return bad.err;
  };
  CHECK_THAT(error({"flashbench"}), Contains("say what to do: 'make', 'check'"));
  CHECK_THAT(error({"flashbench", "mak"}), Contains("did you mean 'make'?"));
  CHECK_THAT(error({"flashbench", "make"}), Contains("give --kind"));
  CHECK_THAT(error({"flashbench", "make", "--kind", "toys", "--out", "o"}), Contains("did you mean 'toy'?"));
  CHECK_THAT(error({"flashbench", "make", "--kind", "composite", "--out", "o"}), Contains("give --clips"));
  CHECK_THAT(error({"flashbench", "make", "--kind", "toy", "--out", "o", "--groups", "1,x"}),
             Contains("there is no group 'x'"));
  CHECK_THAT(error({"flashbench", "check"}), Contains("the benchmark folder is missing"));
  CHECK_THAT(error({"flashbench", "check", "nowhere"}), Contains("is no benchmark folder"));
}

}  // namespace flashbench_cli_test
