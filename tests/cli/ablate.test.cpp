#include "flashmotion/base/read_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>

// Ablations through the program, with recipes of a few steps.

namespace ablate_test {

namespace fs = std::filesystem;
using program::Outcome;

void write_grid(const fs::path& file, const std::string& rest) {
  std::ofstream(file) << "recipe = \"" << program::recipe("toy/smoke.toml")
                      << "\"\nreport = [\"hybrid\"]\nset = [\"run.threads=1\"]\n"
                      << rest;
}

std::string log_of(const fs::path& out, const std::string& run) {
  return flashmotion::read_file((out / "logs" / (run + ".log")).string());
}

TEST_CASE("variants share the stages that they have in common, and a failure stops no other", "[cli][slow]") {
  const TempFolder temp;
  write_grid(temp / "grid.toml",
             "[[variant]]\nname = \"paper\"\n"
             "[[variant]]\nname = \"hinge\"\nset = [\"stage.fast_adapter.objective.gan.loss=hinge\"]\n"
             "[[variant]]\nname = \"wild\"\nset = [\"stage.fast_adapter.optimiser.learning_rate=1e30\"]\n");
  const Outcome made = program::run({"ablate", "grid.toml", "--out", "out"}, temp.path());
  INFO(made.out << made.err);
  CHECK(made.code == 1);
  const fs::path out = temp / "out";
  CHECK_THAT(made.err, Catch::Contains("wild, seed 0 failed (exit code 1: ") && Catch::Contains("not finite"));
  CHECK_THAT(made.out,
             Catch::Contains("| paper ") && Catch::Contains("| hinge ") && Catch::Contains("wild (0 of 1 runs)"));
  CHECK(log_of(out, "paper.seed_0").find("trained before") == std::string::npos);
  for (const char* run : {"hinge.seed_0", "wild.seed_0"}) {
    INFO(run);
    for (const char* stage : {"pretrain", "slow_adapter", "fast_generator"})
      CHECK_THAT(log_of(out, run), Catch::Contains(std::string(stage) + ": the same was trained before"));
    CHECK(log_of(out, run).find("fast_adapter: the same") == std::string::npos);
  }
  const auto json = nlohmann::json::parse(flashmotion::read_file((out / "ablation.json").string()));
  CHECK(json.at("rows").size() == 3);
  CHECK(json.at("runs").at(2).at("good") == false);
  for (const char* file : {"ablation.csv", "ablation.tex", "ablation.html"}) CHECK(fs::exists(out / file));

  // Started again, it goes on, with no more runs at a time than memory allows.
  const auto again = [&](const char* gigabytes) {
    return program::run({"ablate", "grid.toml", "--out", "out", "--jobs", "3", "--memory", gigabytes}, temp.path());
  };
  const std::string warning = "2 runs at a time would take ";
  const Outcome little = again("0.5");
  CHECK(little.code == 1);
  CHECK(little.err.find(warning) != std::string::npos);
  CHECK(little.err.find(warning) == little.err.rfind(warning));
  CHECK(little.out == made.out);
  CHECK(again("64").err.find("at a time would take") == std::string::npos);

  // What a run takes from the store is what it would have made itself.
  const Outcome alone = program::run({"run", program::recipe("toy/smoke.toml"), "--set", "run.threads=1", "--set",
                                      "stage.fast_adapter.objective.gan.loss=hinge", "--out", "alone", "--quiet"},
                                     temp.path());
  REQUIRE(alone.code == 0);
  for (const char* file :
       {"metrics.jsonl", "stages/fast_adapter/final.adapter.safetensors", "evaluation/hybrid.safetensors"}) {
    INFO(file);
    CHECK(flashmotion::read_file((temp / "alone" / file).string()) ==
          flashmotion::read_file((out / "runs/hinge/seed_0" / file).string()));
  }
}

TEST_CASE("all variants are checked before the first one starts", "[cli][message]") {
  const TempFolder temp;
  write_grid(temp / "grid.toml",
             "[[variant]]\nname = \"good\"\n"
             "[[variant]]\nname = \"typo\"\nset = [\"stage.fast_adapter.stepz=3\"]\n"
             "[[variant]]\nname = \"gone\"\ndrop = [\"stage.fast_adapter\"]\n");
  const Outcome bad = program::run({"ablate", "grid.toml", "--out", "out"}, temp.path());
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Catch::Contains("variant 'typo':\n") && Catch::Contains("did you mean 'steps'?") &&
                          Catch::Contains("variant 'gone':\n") && Catch::Contains("fast_adapter"));
  CHECK_FALSE(fs::exists(temp / "out"));
  write_grid(temp / "other.toml", "[[variant]]\nname = \"a\"\ndrop = [\"variant.hybrid\", \"expectation\"]\n");
  CHECK_THAT(program::run({"ablate", "other.toml"}, temp.path()).err,
             Catch::Contains("'report' names 'hybrid', which is no variant of the recipe"));
}

}  // namespace ablate_test
