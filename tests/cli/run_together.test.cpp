#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/processes/join.hpp"
#include "tests/cli/together.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <sstream>

// Two processes on one machine train what one trains.

namespace run_together_test {

namespace fs = std::filesystem;
using program::Outcome;

using Sets = std::vector<std::string>;

std::vector<std::string> command(const std::string& out, const Sets& sets = {}, const Sets& more = {}) {
  std::vector<std::string> words{"run", program::recipe("toy/smoke.toml"), "--out", out, "--quiet", "--stages-only"};
  for (const std::string& set : sets) words.insert(words.end(), {"--set", set});
  // Two processes share the machine with whatever else runs.
  words.insert(words.end(), {"--set", "run.threads=1"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}
together::Words twice(const std::vector<std::string>& words) { return {words, words}; }

std::string said(const std::vector<Outcome>& outcomes) {
  std::string text;
  for (const Outcome& outcome : outcomes) text += fmt::format("{}: {}\n", outcome.code, outcome.err);
  return text;
}

void flatten(const nlohmann::json& json, const std::string& path, std::map<std::string, double>& numbers) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) flatten(value, path + "." + key, numbers);
    if (value.is_number()) numbers[path + "." + key] = value.get<double>();
  }
}

/// The largest difference of two numbers at the same place of both files, relative to the larger of them; -1 when the
/// places differ.
double difference_of_lines(const fs::path& one, const fs::path& other) {
  std::istringstream a(flashmotion::read_file(one.string())), b(flashmotion::read_file(other.string()));
  double largest = 0.0;
  for (std::string x, y; std::getline(a, x);) {
    if (!std::getline(b, y)) return -1.0;
    std::map<std::string, double> left, right;
    flatten(nlohmann::json::parse(x), "", left);
    flatten(nlohmann::json::parse(y), "", right);
    if (left.size() != right.size()) return -1.0;
    for (const auto& [key, value] : left) {
      if (!right.contains(key)) return -1.0;
      // Figures of sampled clips count pixels, so that one of them may turn.
      if (key.starts_with(".validation")) continue;
      const double size = std::max(std::abs(value), std::abs(right[key]));
      if (size > 0.0) largest = std::max(largest, std::abs(value - right[key]) / size);
    }
  }
  return std::getline(b, *std::make_unique<std::string>()) ? -1.0 : largest;
}

/// The largest distance of two weights of the results, over the largest weight of their tensor.
double difference_of_weights(const fs::path& one, const fs::path& other) {
  double largest = 0.0;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(one / "stages")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("final.")) continue;
    ++files;
    const flashmotion::SafetensorsFile a(entry.path()), b(other / fs::relative(entry.path(), one));
    for (const std::string& tensor : a.names()) {
      const at::Tensor x = a.tensor(tensor), y = b.tensor(tensor);
      const double size = std::max(x.abs().max().item<double>(), 1e-3);
      largest = std::max(largest, (x - y).abs().max().item<double>() / size);
    }
  }
  CHECK(files >= 5);
  return largest;
}

void check_same(const fs::path& one, const fs::path& other) {
  const double lines = difference_of_lines(one / "metrics.jsonl", other / "metrics.jsonl");
  INFO(lines);
  CHECK(lines >= 0.0);
  CHECK(lines < 1e-5);
  // Muon makes orthogonal what is nearly 0, so that rounding counts for more in weights than in losses.
  const double weights = difference_of_weights(one, other);
  INFO(weights);
  CHECK(weights < 1e-3);
}

/// One process, as a whole, that others are compared with.
struct Whole {
  TempFolder temp;
  Outcome outcome;
  Whole() { outcome = program::run(command("run"), temp.path()); }
};
const Whole& whole() {
  static const Whole shared;
  return shared;
}

void need_gloo() {
  if (!flashmotion::can_join()) FLASHMOTION_SKIP("built without Gloo's headers");
}

TEST_CASE("two processes come to what one comes to, in every kind of stage", "[cli][slow][law]") {
  need_gloo();
  INFO(whole().outcome.err);
  REQUIRE(whole().outcome.code == 0);
  const TempFolder temp;
  const auto outcomes = together::run(twice(command("run")), temp.path());
  INFO(said(outcomes));
  REQUIRE(outcomes[0].code == 0);
  REQUIRE(outcomes[1].code == 0);
  CHECK(outcomes[1].err.empty());
  check_same(whole().temp / "run", temp / "run");
}

TEST_CASE("a batch in two micro-batches, in one process and in two, comes to the same", "[cli][slow][law]") {
  need_gloo();
  REQUIRE(whole().outcome.code == 0);
  Sets halves;
  for (const char* stage : {"pretrain", "slow_adapter", "fast_generator", "fast_adapter"}) {
    halves.push_back(fmt::format("stage.{}.batch=2", stage));
    halves.push_back(fmt::format("stage.{}.accumulate=2", stage));
  }
  const TempFolder one, two;
  const Outcome alone = program::run(command("run", halves), one.path());
  INFO(alone.err);
  REQUIRE(alone.code == 0);
  check_same(whole().temp / "run", one / "run");
  const auto outcomes = together::run(twice(command("run", halves)), two.path());
  INFO(said(outcomes));
  REQUIRE(outcomes[0].code == 0);
  check_same(whole().temp / "run", two / "run");
}

TEST_CASE("a run goes on with another number of processes", "[cli][slow][law]") {
  need_gloo();
  REQUIRE(whole().outcome.code == 0);
  const TempFolder temp;
  const std::vector<std::string> words = command("run", {}, {"--resume", "--stops", "1"});
  // Each stage of three steps is stopped twice, now with two processes and now with one.
  int code = 143;
  std::size_t starts = 0;
  for (; code == 143 && starts < 20; ++starts) {
    std::vector<Outcome> outcomes;
    if (starts % 2 == 0) {
      outcomes = together::run(twice(words), temp.path());
      CHECK(outcomes[1].code == outcomes[0].code);
    } else {
      outcomes.push_back(program::run(words, temp.path()));
    }
    INFO(starts << " " << said(outcomes));
    code = outcomes[0].code;
    CHECK((code == 143 || code == 0));
  }
  CHECK(code == 0);
  CHECK(starts == 13);
  check_same(whole().temp / "run", temp / "run");
}

const Sets& endless() {
  static const Sets sets{"stage.pretrain.steps=1000000", "run.save_every=1000000"};
  return sets;
}
bool trains(const fs::path& run) {
  std::error_code none;
  return fs::exists(run / "metrics.jsonl", none) && fs::file_size(run / "metrics.jsonl", none) > 2000;
}

TEST_CASE("a process that is killed ends the other within a minute, and is named", "[cli][slow][message]") {
  need_gloo();
  for (const std::size_t killed : {std::size_t{0}, std::size_t{1}}) {
    const TempFolder temp;
    std::chrono::steady_clock::time_point when;
    const auto outcomes =
        together::run(twice(command("run", endless())), temp.path(), [&](const std::vector<pid_t>& children) {
          if (!trains(temp / "run")) return false;
          when = std::chrono::steady_clock::now();
          ::kill(children[killed], SIGKILL);
          return true;
        });
    INFO(said(outcomes));
    CHECK(std::chrono::steady_clock::now() - when < std::chrono::seconds(60));
    CHECK(outcomes[killed].code == 1000 + SIGKILL);
    CHECK(outcomes[1 - killed].code == 1);
    CHECK_THAT(outcomes[1 - killed].err, Catch::Contains(fmt::format("error: process {} of 2 (", killed)) &&
                                             Catch::Contains("is lost") && Catch::Contains("go on with --resume"));
  }
}

TEST_CASE("a stop of one process stops both at one step, with a state", "[cli][slow]") {
  need_gloo();
  const TempFolder temp;
  const auto outcomes =
      together::run(twice(command("run", endless())), temp.path(), [&](const std::vector<pid_t>& children) {
        if (!trains(temp / "run")) return false;
        ::kill(children[1], SIGINT);
        return true;
      });
  INFO(said(outcomes));
  CHECK(outcomes[0].code == 130);
  CHECK(outcomes[1].code == 130);
  CHECK_THAT(outcomes[0].err, Catch::EndsWith("stopped; the state is saved, go on with --resume\n"));
  std::size_t states = 0;
  for (const auto& entry : fs::directory_iterator(temp / "run/stages/pretrain"))
    states += entry.path().filename().string().starts_with("state.") ? 1 : 0;
  CHECK(states == 2);  // of the beginning and of the stop
}

TEST_CASE("processes that cannot work together say why", "[cli][slow][message]") {
  need_gloo();
  const TempFolder temp;
  const auto check = [&](const together::Words& words, const std::string& first, const std::string& second,
                         const std::map<std::string, std::string>& variables = {}) {
    const auto outcomes = together::run(words, temp.path(), {}, variables);
    INFO(said(outcomes));
    CHECK(outcomes[0].code == 2);
    CHECK(outcomes[1].code == 2);
    CHECK_THAT(outcomes[0].err, Catch::Contains(first));
    CHECK_THAT(outcomes[1].err, Catch::Contains(second));
  };
  const std::string recipes =
      "process 1 of 2 has another recipe than the first; start all with the same:\n  run.seed was 0 and is 1 now\n";
  check({command("run"), command("run", {"run.seed=1"})}, recipes, recipes);
  const std::string batch =
      "the stage 'slow_adapter' has the batch 3, which 2 processes cannot share evenly; set it to 2 or 4\n";
  check(twice(command("run", {"stage.slow_adapter.batch=3"})), batch, batch);
  const auto outcomes =
      together::run(twice(command("run")), temp.path(), {}, {{"RANK", "1"}, {"FLASHMOTION_JOIN_SECONDS", "2"}});
  INFO(said(outcomes));
  CHECK_THAT(outcomes[0].err, Catch::Contains("could not reach the first process at 127.0.0.1:"));
  const std::string number = "WORLD_SIZE is 'two', which is no whole number";
  check(twice(command("run")), number, number, {{"WORLD_SIZE", "two"}});
  CHECK_FALSE(fs::exists(temp / "run"));
}

}  // namespace run_together_test
