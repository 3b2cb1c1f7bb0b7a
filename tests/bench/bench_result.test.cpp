#include "flashmotion/bench/bench_result.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/bench/bench_comparison.hpp"
#include "tests/bench/measured_bench.hpp"
#include "tests/support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace bench_result_test {

using namespace measured_bench;
using Catch::Matchers::Contains;
using flashmotion::BenchResult;

TEST_CASE("results read back as they were written", "[bench][unit]") {
  const TempFolder temp;
  const BenchResult result = measure(toy(temp), shifted(2), "moved", 2);
  flashmotion::write_result(temp / "out", result);
  const BenchResult read = flashmotion::read_result(temp / "out");
  CHECK(flashmotion::result_text(read) == flashmotion::result_text(result));
  REQUIRE(read.features.at("frechet").size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(read.features.at("frechet")[i].generated.equal(result.features.at("frechet")[i].generated));
    CHECK(read.features.at("frechet")[i].reference.equal(result.features.at("frechet")[i].reference));
  }
}

TEST_CASE("results.json has the published keys", "[bench][unit]") {
  const TempFolder temp;
  const auto json = nlohmann::json::parse(flashmotion::result_text(measure(toy(temp), shifted(2))));
  for (const auto* part : {&json["overall"], &json["groups"]["1"], &json["groups"]["3"]}) {
    for (const char* key :
         {"mask_iou", "box_iou", "centre_error", "visibility", "sharpness", "flicker", "colour_drift", "frechet"}) {
      CAPTURE(key);
      CHECK((*part)[key].is_number());
      CHECK((*part)["interval"][key].size() == 2);
    }
    CHECK((*part)["seconds"].is_null());
    CHECK((*part)["ceiling"]["mask_iou"].is_number());
    CHECK((*part)["distances"]["frechet"]["rank"].is_number());
  }
  CHECK_FALSE(json["overall"].contains("fid"));
  CHECK_FALSE(json["overall"].contains("fvd"));
  CHECK(json["extractors"]["frechet"]["name"].is_string());
}

TEST_CASE("damaged results are refused by place", "[bench][message]") {
  const TempFolder temp;
  const BenchResult result = measure(toy(temp), unchanged);
  flashmotion::write_result(temp / "out", result);
  const auto file = (temp / "out" / "results.json").string();
  const std::string text = flashmotion::read_file(file);
  const auto problem = [&](const std::string& changed) {
    flashmotion::write_file_atomically(file, changed);
    try {
      (void)flashmotion::read_result(temp / "out");
    } catch (const flashmotion::InputError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  CHECK_THAT(problem("{}"), Contains("is no result of a benchmark"));
  CHECK_THAT(problem(text.substr(0, text.size() / 2)), Contains("results.json:"));
  auto json = nlohmann::json::parse(text);
  json["version"] = 2;
  CHECK_THAT(problem(json.dump()), Contains("must be 1"));
  json = nlohmann::json::parse(text);
  json["clips"].erase(0);
  CHECK_THAT(problem(json.dump()), Contains("does not fit the results beside it"));
  CHECK_THROWS_WITH(flashmotion::read_result(temp / "nowhere"), Contains("has no results.json"));
}

TEST_CASE("models are compared case by case", "[bench][unit]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  const BenchResult far = measure(bench, shifted(6), "far"), near = measure(bench, shifted(1), "near");
  const auto comparison = flashmotion::compare_results(far, near);
  CHECK(comparison.cases == 6);
  CHECK(comparison.left_out == 0);
  CHECK(comparison.groups.size() == 3);
  const auto gain = [&](const std::string& key) {
    for (const auto& one : comparison.overall) {
      if (one.key == key) return one;
    }
    FAIL("no gain " << key);
    return comparison.overall.front();
  };
  for (const char* key : {"mask_iou", "box_iou", "centre_error"}) {  // more and less are better
    CAPTURE(key);
    REQUIRE(gain(key).gain);
    CHECK(gain(key).gain->low > 0);
    CHECK(gain(key).told_apart());
  }
  CHECK(gain("mask_iou").gain->estimate == Approx(gain("mask_iou").other - gain("mask_iou").first));
  CHECK_FALSE(gain("seconds").gain);
  CHECK(comparison.by_case.front().second >= comparison.by_case.back().second);

  const auto same = flashmotion::compare_results(near, near);
  for (const auto& one : same.overall) CHECK_FALSE(one.told_apart());
  // Sharpness counts by its distance from 1.
  const auto soft = flashmotion::compare_results(measure(bench, blurred(2), "soft"), near);
  for (const auto& one : soft.overall) {
    if (one.key == "sharpness") CHECK(one.gain->low > 0);
  }
}

TEST_CASE("what was measured otherwise is not compared", "[bench][message]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  const BenchResult one = measure(bench, unchanged, "one");
  BenchResult other = one;
  other.label = "other";
  other.finder.name = "flow";
  CHECK_THROWS_WITH(flashmotion::compare_results(one, other), Contains("who found the objects is 'colours'"));
  other = one;
  other.bench_sha256 = "0";
  CHECK_THROWS_WITH(flashmotion::compare_results(one, other), Contains("the benchmark (digest)"));
  other = one;
  other.frames = 5;
  CHECK_THROWS_WITH(flashmotion::compare_results(one, other), Contains("number of frames"));
  other = one;
  for (auto& clip : other.clips) clip.id += "x";
  CHECK_THROWS_WITH(flashmotion::compare_results(one, other), Contains("no case in common"));
}

}  // namespace bench_result_test
