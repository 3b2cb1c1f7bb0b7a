#include "flashmotion/base/read_file.hpp"
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

// A benchmark of three cases, its real clips as some model's, and its masks as found by other means.
void make_clips(const TempFolder& temp) {
  REQUIRE(run({"flashbench", "make", "--kind", "toy", "--per-group", "1", "--out", "toy"}, temp.path()).code == 0);
  for (const char* id : {"1-01", "2-01", "3-01"}) {
    fs::create_directories(temp / "clips");
    fs::create_directories(temp / "masks");
    fs::copy(temp / "toy" / "cases" / id / "reference", temp / "clips" / id);
    fs::copy(temp / "toy" / "cases" / id / "masks", temp / "masks" / id);
  }
}

TEST_CASE("a stranger's clips are measured and compared on the command line", "[cli][unit]") {
  const TempFolder temp;
  make_clips(temp);
  const auto measured =
      run({"flashbench", "run", "--bench", "toy", "--generated", "clips", "--out", "a", "--json"}, temp.path());
  INFO(measured.err);
  REQUIRE(measured.code == 0);
  const auto json = nlohmann::json::parse(measured.out);
  CHECK(json["label"] == "clips");
  CHECK(json["finder"]["name"] == "colours");
  CHECK(json["overall"]["mask_iou"] == json["overall"]["ceiling"]["mask_iou"]);
  CHECK(json["groups"].size() == 3);
  for (const char* file : {"results.json", "results.csv", "results.tex", "report.html", "features.safetensors"})
    CHECK(fs::exists(temp / "a" / file));
  const auto masked = run({"flashbench", "run", "--bench", "toy", "--generated", "clips", "--masks", "masks", "--label",
                           "true masks", "--cases", "1-01,3-01", "--out", "b", "--json"},
                          temp.path());
  INFO(masked.err);
  REQUIRE(masked.code == 0);
  CHECK(nlohmann::json::parse(masked.out)["overall"]["mask_iou"] == 1.0);
  CHECK(nlohmann::json::parse(masked.out)["clips"].size() == 2);

  const auto compared = run({"flashbench", "compare", "a", "a", "--out", "c"}, temp.path());
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, Contains("Mask IoU") && Contains("not told apart"));
  CHECK(fs::exists(temp / "c" / "comparison.html"));
  const auto otherwise = run({"flashbench", "compare", "a", "b"}, temp.path());
  CHECK(otherwise.code == 2);
  CHECK_THAT(otherwise.err, Contains("who found the objects is 'colours' in one and 'given masks' in the other"));
}

TEST_CASE("wrong words for measurements are bad input", "[cli][message]") {
  const TempFolder temp;
  make_clips(temp);
  const auto error = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"flashbench", "run", "--bench", "toy", "--out", "out"});
    const auto bad = run(arguments, temp.path());
    CHECK(bad.code == 2);
    CHECK(bad.out.empty());
    CHECK_FALSE(fs::exists(temp / "out" / "results.json"));
    return bad.err;
  };
  CHECK_THAT(error({}), Contains("give one of --run, --model and --generated"));
  CHECK_THAT(error({"--generated", "nowhere"}), Contains("there is no folder 'nowhere'"));
  CHECK_THAT(error({"--generated", "clips", "--cases", "1-02"}), Contains("no case '1-02'; did you mean '1-01'?"));
  CHECK_THAT(error({"--generated", "clips", "--finder", "colour"}), Contains("did you mean 'colours'?"));
  CHECK_THAT(error({"--generated", "clips", "--finder", "masks"}), Contains("give the folder of masks by --masks"));
  CHECK_THAT(error({"--run", "nowhere"}), Contains("is no run folder"));
  fs::remove_all(temp / "clips" / "2-01");
  CHECK_THAT(error({"--generated", "clips"}), Contains("clips are missing: 'clips/2-01'"));
  const auto few = run({"flashbench", "compare", "a"}, temp.path());
  CHECK(few.code == 2);
  CHECK_THAT(few.err, Contains("has no results.json"));
}

TEST_CASE("a run's clips are made once and measured again", "[cli][unit][slow]") {
  const TempFolder temp;
  const auto trained =
      run({"run", std::string(FLASHMOTION_TEST_SOURCE_DIR) + "/recipes/toy/smoke.toml", "--out", "run", "--quiet"},
          temp.path());
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  REQUIRE(run({"flashbench", "make", "--kind", "toy", "--per-group", "1", "--out", "toy"}, temp.path()).code == 0);
  const std::vector<std::string> measure{"flashbench", "run", "--bench", "toy", "--run", "run",
                                         "--seeds",    "2",   "--out",   "out", "--json"};
  const auto first = run(measure, temp.path());
  INFO(first.err);
  REQUIRE(first.code == 0);
  const auto json = nlohmann::json::parse(first.out);
  CHECK(json["clips"].size() == 6);
  CHECK(json["overall"]["seconds"].get<double>() > 0);
  CHECK(json["overall"]["peak_memory_gib"].get<double>() > 0);
  // A clip that was cut off is made again, the others stay; the same bytes come out.
  const fs::path clip = temp / "out" / "clips" / "seed-1" / "2-01";
  const auto written = fs::last_write_time(temp / "out" / "clips" / "seed-0" / "2-01" / "00008.png");
  const std::string bytes = flashmotion::read_file((clip / "00008.png").string());
  fs::remove_all(clip);
  REQUIRE(run(measure, temp.path()).code == 0);
  CHECK(flashmotion::read_file((clip / "00008.png").string()) == bytes);
  CHECK(fs::last_write_time(temp / "out" / "clips" / "seed-0" / "2-01" / "00008.png") == written);
  const auto other =
      run({"flashbench", "run", "--bench", "toy", "--run", "run", "--variant", "naive", "--out", "out"}, temp.path());
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Contains("holds the clips of another model"));
  const auto unknown =
      run({"flashbench", "run", "--bench", "toy", "--run", "run", "--variant", "nave", "--out", "o2"}, temp.path());
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, Contains("no variant 'nave'; did you mean 'naive'?"));
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
