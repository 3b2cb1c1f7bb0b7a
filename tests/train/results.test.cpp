#include "flashmotion/train/results.hpp"

#include "tests/support/catch.hpp"

#include <nlohmann/json.hpp>

namespace results_test {

using flashmotion::Interval;
using flashmotion::judge;
using flashmotion::Results;

TEST_CASE("verdicts follow from the interval", "[train][golden]") {
  struct Row {
    double low, high;
    bool no_worse;
    double margin;
    const char* verdict;
  };
  const Row table[] = {
      {0.1, 0.3, false, 0.0, "shown"},         {-0.1, 0.3, false, 0.0, "not shown"},
      {-0.3, -0.1, false, 0.0, "reversed"},    {0.0, 0.2, false, 0.0, "not shown"},
      {-0.2, 0.0, false, 0.0, "not shown"},    {-0.05, 0.3, true, 0.1, "shown"},
      {-0.2, 0.3, true, 0.1, "not shown"},     {-0.4, -0.2, true, 0.1, "reversed"},
      {-0.4, -0.05, true, 0.1, "not shown"},   {-0.05, 0.3, false, 0.1, "not shown"},  // a margin is for 'no_worse'
      {-0.001, 0.001, true, 0.0, "not shown"},
  };
  for (const Row& row : table) {
    INFO(row.low << " " << row.high << " " << row.no_worse);
    CHECK(judge(Interval{(row.low + row.high) / 2, row.low, row.high}, row.no_worse, row.margin) == row.verdict);
  }
  CHECK(judge(std::nullopt, false, 0.0) == "not measured");
}

TEST_CASE("results.json has what is promised of it", "[train][golden]") {
  Results results;
  results.seed = 4;
  results.adapter = "injection";
  flashmotion::VariantScores scores;
  scores.overall = {0.5, 0.6, 0.7, 1.5, 20.0, 0.9, 0.01};
  scores.groups[1] = scores.groups[2] = scores.overall;
  scores.groups[2].box_iou = 0.25;
  scores.passes_per_clip = 4;
  scores.seconds_per_clip = 0.125;
  results.variants = {{"naive", scores}, {"hybrid", scores}};
  results.floors = {{"real", scores}, {"codec", scores}};
  results.stage_seconds = {{"pretrain", 1.5}};
  results.verdicts = {{"hybrid", "better", "naive", "box_iou", 0.0, Interval{0.2, 0.1, 0.3}, "shown"},
                      {"hybrid", "no_worse", "naive", "frechet", 5.0, std::nullopt, "not measured"}};
  const std::string text = flashmotion::results_json(results);
  CHECK(text.back() == '\n');
  const auto json = nlohmann::json::parse(text);
  CHECK(json.at("seed") == 4);
  CHECK(json.at("adapter") == "injection");
  CHECK(json.at("stages").at("pretrain").at("seconds") == 1.5);
  for (const char* list : {"variants", "floors"}) {
    for (const auto& [name, variant] : json.at(list).items()) {
      INFO(list << " " << name);
      CHECK(variant.size() == 2);
      CHECK(variant.at("groups").size() == 2);
      for (const char* key : {"mask_iou", "box_iou", "box_iou_relative", "centre_error", "frechet", "sharpness",
                              "colour_drift", "passes_per_clip", "seconds_per_clip"}) {
        CHECK(variant.at("overall").contains(key));
        CHECK(variant.at("groups").at("1").contains(key));
      }
    }
  }
  const auto& hybrid = json.at("variants").at("hybrid");
  CHECK(hybrid.at("overall").at("mask_iou") == 0.5);
  CHECK(hybrid.at("overall").at("box_iou") == 0.6);
  CHECK(hybrid.at("overall").at("frechet") == 20.0);
  CHECK(hybrid.at("overall").at("sharpness") == 0.9);
  CHECK(hybrid.at("overall").at("colour_drift") == 0.01);
  CHECK(hybrid.at("overall").at("passes_per_clip") == 4);
  CHECK(hybrid.at("overall").at("seconds_per_clip") == 0.125);
  CHECK(hybrid.at("groups").at("2").at("box_iou") == 0.25);
  const auto& expectations = json.at("expectations");
  CHECK(expectations[0] == nlohmann::json{{"variant", "hybrid"},
                                          {"is", "better"},
                                          {"than", "naive"},
                                          {"metric", "box_iou"},
                                          {"margin", 0.0},
                                          {"advantage", 0.2},
                                          {"low", 0.1},
                                          {"high", 0.3},
                                          {"verdict", "shown"}});
  CHECK(expectations[1].at("verdict") == "not measured");
  CHECK_FALSE(expectations[1].contains("advantage"));
}

}  // namespace results_test
