#include "flashmotion/base/read_file.hpp"
#include "flashmotion/recipe/overrides.hpp"
#include "flashmotion/train/ablation.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/other_losses.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// Losses and baselines that the smoke recipe does not have, through the program.

namespace run_losses_test {

namespace fs = std::filesystem;
using program::Outcome;

/// Last value of each term of a stage.
std::map<std::string, double> terms_of(const fs::path& run, const std::string& stage) {
  std::map<std::string, double> values;
  std::istringstream lines(flashmotion::read_file((run / "metrics.jsonl").string()));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.at("stage") != stage || !json.contains("terms")) continue;
    for (const auto& [name, term] : json.at("terms").items()) values[name] = term.at("value").get<double>();
  }
  return values;
}

/// Runs the smoke recipe with the changes that a variant of the paper's ablation makes.
Outcome run_variant(const std::string& name, const fs::path& folder) {
  const auto paper = fs::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes/ablations/paper.toml";
  std::vector<std::string> words{"run", program::recipe("toy/smoke.toml"), "--out", "out", "--quiet"};
  for (const auto& variant : flashmotion::read_ablation(paper.string()).variants) {
    if (variant.name != name) continue;
    for (const std::string& change : variant.changes) {
      const bool drops = change.starts_with(flashmotion::kDropPrefix);
      words.emplace_back(drops ? "--drop" : "--set");
      words.push_back(drops ? change.substr(flashmotion::kDropPrefix.size()) : change);
    }
  }
  return program::run(words, folder);
}

TEST_CASE("the baseline that distils generator and adapter by distribution matching runs", "[cli][slow]") {
  const TempFolder temp;
  const Outcome made = run_variant("joint_dmd", temp.path());
  INFO(made.out << made.err);
  REQUIRE(made.code == 0);
  const fs::path stages = temp / "out/stages";
  for (const char* role : {"generator", "adapter", "fake_score", "fake_adapter"})
    CHECK(fs::exists(stages / "fast_generator" / ("final." + std::string(role) + ".safetensors")));
  CHECK_FALSE(fs::exists(stages / "fast_adapter"));
  CHECK(fs::exists(stages / "fast_generator/preview.png"));
  CHECK(terms_of(temp / "out", "fast_generator").size() == 2);
  // What is evaluated is the adapter that the stage left, not the one that it began with.
  CHECK(flashmotion::read_file((stages / "fast_generator/final.adapter.safetensors").string()) !=
        flashmotion::read_file((stages / "slow_adapter/final.adapter.safetensors").string()));
  const auto results = nlohmann::json::parse(flashmotion::read_file((temp / "out/results.json").string()));
  CHECK(results.at("variants").size() == 1);
  CHECK(results.at("variants").at("hybrid").at("overall").at("passes_per_clip") == 4);
}

TEST_CASE("the baseline that distils generator and adapter by consistency runs", "[cli][slow]") {
  const TempFolder temp;
  const Outcome made = run_variant("lcm", temp.path());
  INFO(made.out << made.err);
  REQUIRE(made.code == 0);
  const fs::path stage = temp / "out/stages/fast_generator";
  for (const char* role : {"generator", "adapter"})
    CHECK(fs::exists(stage / ("final." + std::string(role) + ".safetensors")));
  CHECK_FALSE(fs::exists(stage / "final.fake_score.safetensors"));
  const auto terms = terms_of(temp / "out", "fast_generator");
  REQUIRE(terms.size() == 1);
  CHECK(terms.begin()->first == "lcm");
  CHECK(terms.begin()->second > 0.0);
}

TEST_CASE("all other losses train through the real networks", "[cli][slow]") {
  const TempFolder temp;
  std::ofstream(temp / "losses.toml") << "extends = \"" << program::recipe("toy/smoke.toml") << "\"\n"
                                      << R"(
[[stage]]
name = "slow_adapter"
timesteps = { density = "student_steps" }
)" << other_losses::kMask << R"([[stage]]
name = "fast_adapter"
diffusion_timesteps = { density = "full_range", shift = 5.0 }
)" << other_losses::kHybrid;
  const Outcome made = program::run({"run", "losses.toml", "--out", "out", "--quiet"}, temp.path());
  INFO(made.out << made.err);
  REQUIRE(made.code == 0);
  CHECK(fs::exists(temp / "out/stages/slow_adapter/final.mask_head.safetensors"));
  CHECK(terms_of(temp / "out", "slow_adapter").at("mask") == Approx(std::log(2.0)).epsilon(0.2));
  const auto terms = terms_of(temp / "out", "fast_adapter");
  for (const char* name : {"features", "r1", "r2", "r1_by_difference"}) {
    INFO(name);
    CHECK(terms.at(name) > 0.0);
    CHECK(std::isfinite(terms.at(name)));
  }
  // With three logits a clip the difference sees at least what the gradient of their mean has.
  CHECK(terms.at("r1") < 10 * terms.at("r1_by_difference"));
}

}  // namespace run_losses_test
