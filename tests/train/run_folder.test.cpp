#include "flashmotion/train/run_folder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/version.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace run_folder_test {

namespace fs = std::filesystem;
using flashmotion::InputError;
using flashmotion::read_file;
using flashmotion::RunAccess;
using flashmotion::RunFolder;

constexpr const char* kRecipe =
    "[run]\nseed = 0\n\n[codec]\nload = \"../../toy/base/codec.safetensors\"\n\n[[stage]]\nname = \"first\"\nsteps = "
    "3\n";
constexpr const char* kOther =
    "[run]\nseed = 1\nthreads = 3\n\n[codec]\nload = \"../../toy/base/codec.safetensors\"\n\n[[stage]]\nname = "
    "\"first\"\nsteps = 5\n";

TEST_CASE("a second process is refused, and only while the first one lives", "[train][message]") {
  const TempFolder temp;
  const std::string run = (temp / "run").string();
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder folder(run, kRecipe, RunAccess::create);
    const char there = 'x';
    if (::write(ready[1], &there, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char there = 0;
  REQUIRE(::read(ready[0], &there, 1) == 1);
  CHECK_THROWS_WITH(RunFolder(run, kRecipe, RunAccess::resume),
                    "'" + run + "' is in use by another process (" + std::to_string(child) +
                        "); let that one end, or choose another folder with --out");
  CHECK_NOTHROW(RunFolder(run, kRecipe, RunAccess::read));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK_NOTHROW(RunFolder(run, kRecipe, RunAccess::resume));
}

TEST_CASE("a folder that could not be opened is not locked", "[train][unit]") {
  const TempFolder temp;
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::create); }
  CHECK_THROWS_AS(RunFolder(temp / "run", kOther, RunAccess::resume), InputError);
  CHECK_NOTHROW(RunFolder(temp / "run", kRecipe, RunAccess::resume));
}

TEST_CASE("another recipe is refused key by key, and taken over on request", "[train][message]") {
  const TempFolder temp;
  const std::string run = (temp / "run").string();
  {
    RunFolder folder(run, kRecipe, RunAccess::create);
    std::ofstream(folder.stage_file("first", "done.json")) << "{}";
    fs::create_directory(temp / "run/evaluation");
    std::ofstream(temp / "run/evaluation/hybrid.json") << "{}";
  }
  CHECK_THROWS_WITH(RunFolder(run, kOther, RunAccess::resume),
                    "'" + run +
                        "' was started with another recipe; choose another folder with --out, or go on all the same by "
                        "--allow-change, which keeps the stages that are finished:\n"
                        "  run.seed was 0 and is 1 now\n"
                        "  stage.first.steps was 3 and is 5 now\n"
                        "  run.threads was not there and is 3 now");
  CHECK(read_file(run + "/recipe.resolved.toml") == kRecipe);
  const RunFolder folder(run, kOther, RunAccess::change);
  CHECK(folder.changes().size() == 3);
  CHECK(read_file(run + "/recipe.resolved.toml") == kOther);
  CHECK(folder.finished("first"));
  CHECK_FALSE(fs::exists(temp / "run/evaluation"));
}

TEST_CASE("a run that was moved goes on and names its files anew", "[train][unit]") {
  const TempFolder temp;
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::create); }
  std::string moved = kRecipe;
  moved.replace(moved.find("../../toy"), 9, "../../../somewhere/toy");
  fs::create_directory(temp / "elsewhere");
  fs::rename(temp / "run", temp / "elsewhere/run");
  const std::string run = (temp / "elsewhere/run").string();
  { const RunFolder folder(run, moved, RunAccess::resume); }
  CHECK(read_file(run + "/recipe.resolved.toml") == moved);
  // Another file is another recipe.
  std::string other = kRecipe;
  other.replace(other.find("base/"), 5, "best/");
  CHECK_THROWS_WITH(RunFolder(run, other, RunAccess::resume), Catch::Contains("\n  codec.load was "));
}

TEST_CASE("what a killed process was writing goes when its run goes on", "[train][unit]") {
  const TempFolder temp;
  {
    RunFolder folder(temp / "run", kRecipe, RunAccess::create);
    std::ofstream(folder.stage_file("first", ".tmp-17-0-state.3.safetensors")) << "half";
    std::ofstream(temp / "run/.tmp-17-0-results.json") << "half";
  }
  const RunFolder folder(temp / "run", kRecipe, RunAccess::resume);
  CHECK(fs::is_empty(temp / "run/stages/first"));
  CHECK_FALSE(fs::exists(temp / "run/.tmp-17-0-results.json"));
}

TEST_CASE("a run notes what it is worked on with, and again only when that is another", "[train][unit]") {
  const TempFolder temp;
  const fs::path file = temp / "run/environment.json";
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::create); }
  const std::string first = read_file(file.string());
  auto json = nlohmann::json::parse(first);
  REQUIRE(json.size() == 1);
  CHECK(json[0].at("flashmotion") == flashmotion::kVersion);
  CHECK(json[0].at("libtorch") == flashmotion::kTorchVersion);
  CHECK(json[0].at("cores") >= 1);
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::resume); }
  CHECK(read_file(file.string()) == first);
  json[0]["processor"] = "another";
  std::ofstream(file) << json;
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::read); }
  CHECK(nlohmann::json::parse(read_file(file.string())) == json);
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::resume); }
  json.push_back(nlohmann::json::parse(first)[0]);
  CHECK(nlohmann::json::parse(read_file(file.string())) == json);
  std::ofstream(file) << "[{";
  { const RunFolder folder(temp / "run", kRecipe, RunAccess::resume); }
  CHECK(read_file(file.string()) == first);
}

TEST_CASE("a stage that begins anew loses its lines, and no other does", "[train][unit]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  for (const char* line : {R"({"stage": "a", "step": 0})", R"({"stage": "b", "step": 0})",
                           R"({"stage": "b.c", "step": 0})", R"({"stage": "b", "step": 1})", R"({"stage": 7})"}) {
    folder.append_metrics(line);
  }
  folder.drop_metrics("b");
  CHECK(read_file((temp / "run/metrics.jsonl").string()) ==
        "{\"stage\": \"a\", \"step\": 0}\n{\"stage\": \"b.c\", \"step\": 0}\n{\"stage\": 7}\n");
}

}  // namespace run_folder_test
