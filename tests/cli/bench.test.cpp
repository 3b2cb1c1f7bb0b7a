#include "flashmotion/io/json_value.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <string>
#include <vector>

namespace bench_command_test {

const std::vector<std::string> kSmall{"bench",    "forward", "--preset", "toy",  "--layers", "2",   "--size", "64x96",
                                      "--frames", "5",       "--dtype",  "fp32", "--device", "cpu", "--runs", "2"};

program::Outcome run(std::vector<std::string> more, const TempFolder& temp) {
  std::vector<std::string> words = kSmall;
  words.insert(words.end(), more.begin(), more.end());
  return program::run(words, temp / "");
}

TEST_CASE("a part of the work is timed, counted and described", "[cli]") {
  const TempFolder temp;
  const auto outcome = run({"--adapter", "injection", "--json"}, temp);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto found = flashmotion::JsonValue::parse(outcome.out, "bench");
  CHECK(found.at("part").text() == "forward");
  CHECK(found.at("layers").whole() == 2);
  CHECK(found.at("runs").elements().size() == 2);
  CHECK(found.at("seconds").number() > 0.0);
  CHECK(found.at("flops").whole() > 1'000'000);
  CHECK(found.at("matrix_peak").number() > 0.0);
  CHECK(found.at("parameters").at("adapter").whole() > 0);
  CHECK(found.at("device").text() == "cpu");
}

TEST_CASE("what narrow weights cost in accuracy is measured, and loading is timed", "[cli]") {
  const TempFolder temp;
  const auto error = [&](const std::vector<std::string>& words) {
    std::vector<std::string> all = words;
    all.push_back("--json");
    const auto outcome = run(all, temp);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return flashmotion::JsonValue::parse(outcome.out, "bench").at("figures").at("error").number();
  };
  const double int8 = error({"--quantise", "int8"}), fp8 = error({"--quantise", "fp8"});
  CHECK(int8 > 0.0);
  CHECK(fp8 > int8);
  CHECK(fp8 < 0.1);
  CHECK(error({"--resident", "0"}) == 0.0);
  const auto loaded =
      program::run({"bench", "load", "--preset", "toy", "--layers", "2", "--runs", "1", "--json"}, temp / "");
  INFO(loaded.err);
  REQUIRE(loaded.code == 0);
  CHECK(flashmotion::JsonValue::parse(loaded.out, "bench").at("figures").at("gigabytes").number() > 0.001);
}

TEST_CASE("a benchmark that cannot be run says what can", "[cli][message]") {
  const TempFolder temp;
  const auto refused = [&](const std::vector<std::string>& words, const std::string& text) {
    const auto outcome = run(words, temp);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with(text));
  };
  refused({"--frames", "6"}, "6 frames do not fit: give 5 or 9\n");
  refused({"--size", "64"}, "'64' is no size; give rows and columns as 704x1280\n");
  refused({"--dtype", "fp16"}, "no type of number named 'fp16'");
  refused({"--device", "gpu"}, "no device named 'gpu'; there are auto, cpu, cuda and cuda:NUMBER\n");
  refused({"--preset", "wan2.1-t2v-1.4b"}, "no model named 'wan21_t2v_1_4b'; did you mean 'wan21_t2v_1_3b'?\n");
  refused({"--quantise", "fp4"}, "no format of weights named 'fp4'");
  refused({"--runs", "0"}, "--runs is 0, and at least 1 is needed\n");
  refused({"--attention", "fast"}, "no attention kernel named 'fast'");
}

}  // namespace bench_command_test
