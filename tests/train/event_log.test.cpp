#include "flashmotion/train/event_log.hpp"

#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/event_file.hpp"
#include "flashmotion/train/run_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace event_log_test {

namespace fs = std::filesystem;
using flashmotion::event_file_start;
using flashmotion::EventLog;
using flashmotion::read_file;
using flashmotion::RunAccess;
using flashmotion::RunFolder;
using flashmotion::Scalar;
using flashmotion::scalar_record;

constexpr const char* kRecipe = "[run]\nseed = 0\n";
const std::string kTraining =
    R"({"stage": "a", "step": 7, "terms": {"gan": {"value": 0.5, "weight": 2, "gradient_norm": 3, )"
    R"("gradient_cosine": -1}}, "gradient_norms": {"adapter": 4}})";
const std::string kValidation = R"({"stage": "a", "step": 8, "validation": {"box_iou": 0.25, "frechet": null}})";

std::string training_record() {
  return scalar_record(7, std::vector<Scalar>{{"terms/gan", 0.5},
                                              {"weights/gan", 2},
                                              {"term_gradient_norms/gan", 3},
                                              {"term_gradient_cosines/gan", -1},
                                              {"gradient_norms/adapter", 4}});
}

std::string line(const std::string& stage, int step) {
  return R"({"stage": ")" + stage + R"(", "step": )" + std::to_string(step) + R"(, "terms": {"t": {"value": )" +
         std::to_string(step) + R"(, "weight": 1}}, "gradient_norms": {}})";
}

std::string record(int step) {
  return scalar_record(step, std::vector<Scalar>{{"terms/t", static_cast<double>(step)}, {"weights/t", 1}});
}

// Names below a folder, files only.
std::vector<std::string> files(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(folder).string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("the numbers of a line have a tag each", "[train][unit]") {
  const TempFolder temp;
  EventLog log(temp / "events");
  log.append(kTraining);
  log.append(kValidation);
  const std::string text = read_file((temp / "events/a/events.out.tfevents.0000000000.flashmotion").string());
  const std::string start = event_file_start() + training_record();
  REQUIRE(text.starts_with(start));
  // What is not finite is null in metrics and no number here.
  const std::string last = text.substr(start.size());
  CHECK(last.find("validation/box_iou") != std::string::npos);
  CHECK(last.find(std::string("validation/frechet\x15\x00\x00\xc0\x7f", 23)) != std::string::npos);
}

TEST_CASE("lines that are none of the trainer's leave no event file", "[train][unit]") {
  const TempFolder temp;
  EventLog log(temp / "events");
  for (const char* text : {"", "{", "[1]", R"({"stage": 3, "step": 1, "terms": {"t": {"value": 1}}})",
                           R"({"stage": "a", "terms": {"t": {"value": 1}}})",
                           R"({"stage": "a", "step": "1", "terms": {"t": {"value": 1}}})",
                           R"({"stage": "a", "step": 1, "terms": [1], "validation": 3})",
                           R"({"stage": "a", "step": 1, "terms": {"t": 1, "u": {"value": "1"}}})",
                           R"({"stage": "../a", "step": 1, "terms": {"t": {"value": 1}}})",
                           R"({"stage": "..", "step": 1, "terms": {"t": {"value": 1}}})",
                           R"({"stage": "a\u0000b", "step": 1, "terms": {"t": {"value": 1}}})",
                           R"({"stage": "", "step": 1, "terms": {"t": {"value": 1}}})"}) {
    INFO(text);
    CHECK_NOTHROW(log.append(text));
  }
  CHECK(fs::is_empty(temp.path()));
}

TEST_CASE("events that are written anew are those that were appended", "[train][law]") {
  const TempFolder temp;
  EventLog appended(temp / "one"), renewed(temp / "two");
  std::string metrics;
  for (const std::string& text : {line("a", 0), line("b", 0), kTraining, std::string("half a li"), line("b", 5)}) {
    appended.append(text);
    metrics += text + "\n";
  }
  renewed.renew(metrics);
  REQUIRE(files(temp / "one") == std::vector<std::string>{"a/events.out.tfevents.0000000000.flashmotion",
                                                          "b/events.out.tfevents.0000000000.flashmotion"});
  REQUIRE(files(temp / "two") == files(temp / "one"));
  for (const std::string& file : files(temp / "one"))
    CHECK(read_file((temp / "one" / file).string()) == read_file((temp / "two" / file).string()));
}

TEST_CASE("steps that a run goes back over are no longer among its events", "[train][unit]") {
  const TempFolder temp;
  const fs::path events = temp / "run/tensorboard";
  {
    RunFolder folder(temp / "run", kRecipe, RunAccess::create);
    folder.append_metrics(line("a", 0));
    const std::int64_t saved = folder.metrics_size();
    folder.append_metrics(line("a", 1));
    folder.truncate_metrics(saved);
    CHECK(files(events) == std::vector<std::string>{"a/events.out.tfevents.0000000001.flashmotion"});
    folder.append_metrics(line("a", 2));
    CHECK(read_file((events / "a/events.out.tfevents.0000000001.flashmotion").string()) ==
          event_file_start() + record(0) + record(2));
    // Nothing to cut: nothing is written.
    folder.truncate_metrics(folder.metrics_size());
    folder.drop_metrics("b");
    CHECK(files(events) == std::vector<std::string>{"a/events.out.tfevents.0000000001.flashmotion"});
    folder.append_metrics(line("b", 0));
    folder.drop_metrics("a");
    CHECK(files(events) == std::vector<std::string>{"b/events.out.tfevents.0000000002.flashmotion"});
  }
}

TEST_CASE("a killed run goes on with whole event files", "[train][unit]") {
  const TempFolder temp;
  const fs::path file = temp / "run/tensorboard/a/events.out.tfevents.0000000000.flashmotion";
  {
    RunFolder folder(temp / "run", kRecipe, RunAccess::create);
    folder.append_metrics(line("a", 0));
    folder.append_metrics(line("a", 1));
  }
  // Killed in the middle of a record; and a file of somebody else's.
  fs::resize_file(file, fs::file_size(file) - 9);
  std::ofstream(temp / "run/tensorboard/a/notes.txt") << "mine";
  { const RunFolder looking(temp / "run", kRecipe, RunAccess::read); }
  CHECK(fs::exists(file));
  RunFolder folder(temp / "run", kRecipe, RunAccess::resume);
  folder.append_metrics(line("a", 2));
  CHECK(files(temp / "run/tensorboard") ==
        std::vector<std::string>{"a/events.out.tfevents.0000000001.flashmotion", "a/notes.txt"});
  CHECK(read_file((temp / "run/tensorboard/a/events.out.tfevents.0000000001.flashmotion").string()) ==
        event_file_start() + record(0) + record(1) + record(2));
}

// What TensorBoard itself reads. Prints a line `STAGE TAG STEP VALUE` for each number, values as float32.
constexpr const char* kReader = R"py(
import os, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
for stage in sorted(os.listdir(sys.argv[1])):
    events = EventAccumulator(os.path.join(sys.argv[1], stage), size_guidance={"scalars": 0})
    events.Reload()
    for tag in sorted(events.Tags()["scalars"]):
        for event in events.Scalars(tag):
            print(stage, tag, event.step, repr(float(event.value)))
)py";

// Where scripts/test puts TensorBoard; empty when it is not there.
std::string python() {
  const char* given = std::getenv("FLASHMOTION_TENSORBOARD_VENV");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path place = given != nullptr ? fs::path(given) : fs::path();
  if (given == nullptr && cache != nullptr && *cache != '\0') place = fs::path(cache) / "flashmotion/tensorboard";
  if (place.empty() && home != nullptr) place = fs::path(home) / ".cache/flashmotion/tensorboard";
  const fs::path program = place / "bin/python";
  return fs::exists(program) ? program.string() : std::string();
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[4096];
  for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) text.append(buffer, count);
  return ::pclose(pipe) == 0 ? text : "it failed: " + text;
}

TEST_CASE("TensorBoard reads the tags, steps and values of metrics.jsonl", "[train][unit][.tensorboard]") {
  const std::string program = python();
  if (program.empty()) FLASHMOTION_SKIP("TensorBoard is not installed; scripts/test fetches it");
  const TempFolder temp;
  {
    RunFolder folder(temp / "run", kRecipe, RunAccess::create);
    folder.append_metrics(line("b", 0));
    folder.append_metrics(line("b", 900));
    folder.append_metrics(line("b", 1));
  }
  RunFolder folder(temp / "run", kRecipe, RunAccess::resume);
  folder.drop_metrics("b");
  for (const int step : {0, 2, 1000000}) folder.append_metrics(line("b", step));
  folder.append_metrics(kTraining);
  folder.append_metrics(kValidation);
  std::ofstream(temp / "read.py") << kReader;
  CHECK(output_of("'" + program + "' '" + (temp / "read.py").string() + "' '" + (temp / "run/tensorboard").string() +
                  "' 2>'" + (temp / "err.txt").string() + "'") ==
        "a gradient_norms/adapter 7 4.0\n"
        "a term_gradient_cosines/gan 7 -1.0\n"
        "a term_gradient_norms/gan 7 3.0\n"
        "a terms/gan 7 0.5\n"
        "a validation/box_iou 8 0.25\n"
        "a validation/frechet 8 nan\n"
        "a weights/gan 7 2.0\n"
        "b terms/t 0 0.0\n"
        "b terms/t 2 2.0\n"
        "b terms/t 1000000 1000000.0\n"
        "b weights/t 0 1.0\n"
        "b weights/t 2 1.0\n"
        "b weights/t 1000000 1.0\n");
}

}  // namespace event_log_test
