#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

// Runs that are killed, moved, started twice or out of disk space come to the same bytes all the same.

namespace run_faults_test {

namespace fs = std::filesystem;
using program::Outcome;

/// The smoke recipe, quicker: fewer stages are evaluated.
std::vector<std::string> command(const std::string& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"run",     program::recipe("toy/smoke.toml"),
                                 "--out",   out,
                                 "--quiet", "--resume",
                                 "--set",   "run.save_every=1",
                                 "--set",   "stage.fast_generator.preview=\"\"",
                                 "--set",   "stage.slow_adapter.preview=\"\""};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string bytes(const fs::path& file) { return flashmotion::read_file(file.string()); }

std::vector<std::string> weights_and_lines(const fs::path& run) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const bool lines = entry.path().filename() == "metrics.jsonl";
    if (lines || entry.path().extension() == ".safetensors") files.push_back(fs::relative(entry.path(), run).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}
void check_equal(const fs::path& one, const fs::path& other) {
  const std::vector<std::string> files = weights_and_lines(one);
  CHECK(files == weights_and_lines(other));
  for (const std::string& file : files) {
    INFO(file);
    CHECK(bytes(one / file) == bytes(other / file));
  }
}

// Event files are written anew when a run goes on: there is one a stage, and it holds the same.
void check_equal_events(const fs::path& one, const fs::path& other) {
  std::size_t stages = 0;
  for (const auto& stage : fs::directory_iterator(one / "tensorboard")) {
    const auto events = [&](const fs::path& run) {
      std::vector<std::string> all;
      for (const auto& file : fs::directory_iterator(run / "tensorboard" / stage.path().filename()))
        all.push_back(bytes(file.path()));
      return all;
    };
    INFO(stage.path().filename().string());
    CHECK(events(one).size() == 1);
    CHECK(events(one) == events(other));
    ++stages;
  }
  CHECK(stages > 3);
}

/// A run without faults that others are compared with; it goes with the program.
struct Whole {
  TempFolder temp;
  Outcome outcome;
  Whole() { outcome = program::run(command("whole"), temp.path()); }
  [[nodiscard]] fs::path path() const { return temp / "whole"; }
};
const Whole& whole() {
  static const Whole shared;
  return shared;
}

bool is_there(const fs::path& file) {
  std::error_code none;
  return fs::exists(file, none);
}
/// Whether the folder holds a file that is being written, whose final name ends so.
bool being_written(const fs::path& folder, const std::string& end) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".tmp-") && name.ends_with(end)) return true;
  }
  return false;
}

TEST_CASE("a run that is killed five times, also in the middle of a write, comes to the same bytes",
          "[cli][slow][law]") {
  INFO(whole().outcome.err);
  REQUIRE(whole().outcome.code == 0);
  const TempFolder temp;
  const fs::path run = temp / "run";
  const std::vector<std::function<bool()>> moments{
      [&] { return is_there(run / "metrics.jsonl"); },
      // A write takes milliseconds: when none was seen, the end of the stage will do.
      [&] {
        const fs::path stage = run / "stages/slow_adapter";
        return being_written(stage, ".safetensors") || is_there(stage / "done.json");
      },
      [&] { return is_there(run / "stages/fast_generator/state.1.safetensors"); },
      [&] {
        const fs::path stage = run / "stages/fast_adapter";
        return being_written(stage, ".safetensors") || is_there(stage / "done.json");
      },
      [&] { return is_there(run / "evaluation/slow_50.safetensors"); },
  };
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const Outcome killed = program::run(command("run"), temp.path(), [&](pid_t pid) {
      if (!moments[i]()) return false;
      ::kill(pid, SIGKILL);
      return true;
    });
    INFO("kill " << i << ": " << killed.err);
    CHECK(killed.code == 1000 + SIGKILL);
  }
  const Outcome last = program::run(command("run"), temp.path());
  INFO(last.err);
  REQUIRE(last.code == 0);
  check_equal(whole().path(), run);
  check_equal_events(whole().path(), run);
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    INFO(entry.path().string());
    CHECK_FALSE(entry.path().filename().string().starts_with(".tmp-"));
  }
}

TEST_CASE("a run is refused while another process is at it, and goes on in another place", "[cli][slow]") {
  REQUIRE(whole().outcome.code == 0);
  const TempFolder temp, other;
  Outcome second;
  const Outcome first = program::run(command("run"), temp.path(), [&](pid_t pid) {
    if (!is_there(temp / "run/metrics.jsonl")) return false;
    std::vector<std::string> words = command((temp / "run").string());
    second = program::run(words, other.path());
    ::kill(pid, SIGTERM);
    return true;
  });
  CHECK(first.code == 143);
  CHECK(second.code == 2);
  CHECK_THAT(second.err, Catch::Contains("run' is in use by another process ("));
  fs::create_directories(temp / "a/b");
  fs::rename(temp / "run", temp / "a/b/run");
  const Outcome moved = program::run(command("a/b/run"), temp.path());
  INFO(moved.err);
  REQUIRE(moved.code == 0);
  check_equal(whole().path(), temp / "a/b/run");
}

TEST_CASE("a result that was damaged on disk is named, and trained anew when it is removed", "[cli][slow][message]") {
  REQUIRE(whole().outcome.code == 0);
  const TempFolder temp;
  fs::copy(whole().path(), temp / "run", fs::copy_options::recursive);
  fs::remove_all(temp / "run/evaluation");
  const fs::path file = temp / "run/stages/fast_generator/final.generator.safetensors";
  std::string damaged = bytes(file);
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 8);
  std::ofstream(file, std::ios::binary) << damaged;
  const Outcome refused = program::run(command("run"), temp.path());
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Catch::Contains("'run/stages/fast_generator/final.generator.safetensors' is damaged: its "
                                          "numbers have the SHA-256 ") &&
                              Catch::EndsWith("; remove the folder 'run/stages/fast_generator', and --resume trains "
                                              "that stage anew\n"));
  fs::remove_all(file.parent_path());
  const Outcome mended = program::run(command("run"), temp.path());
  INFO(mended.err);
  CHECK(mended.code == 0);
  const std::vector<std::string> files = weights_and_lines(whole().path());
  CHECK(files == weights_and_lines(temp / "run"));
  for (const std::string& name : files) {
    INFO(name);
    // The stage's lines have come to the end.
    if (name != "metrics.jsonl") CHECK(bytes(whole().path() / name) == bytes(temp / "run" / name));
  }
}

TEST_CASE("a full disk is told, and costs nothing that was there", "[cli][slow][message]") {
  REQUIRE(whole().outcome.code == 0);
  const TempFolder temp;
  const fs::path disk = temp / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64m") != 0) {
    FLASHMOTION_SKIP("a small file system cannot be mounted here, which takes root");
  }
  // Filled up once the second stage has a state: the next one has no room.
  const Outcome full = program::run(command("disk/run"), temp.path(), [&](pid_t) {
    if (!is_there(disk / "run/stages/slow_adapter/state.0.safetensors")) return false;
    const std::string block(1 << 16, 'x');
    std::ofstream filler(disk / "filler", std::ios::binary);
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    return true;
  });
  INFO(full.err);
  CHECK(full.code == 2);
  CHECK_THAT(full.err, Catch::Contains("No space left on device; free some space and go on"));
  CHECK(fs::exists(disk / "run/stages/pretrain/done.json"));
  fs::remove(disk / "filler");
  const Outcome last = program::run(command("disk/run"), temp.path());
  INFO(last.err);
  CHECK(last.code == 0);
  if (last.code == 0) check_equal(whole().path(), disk / "run");
  ::umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace run_faults_test
