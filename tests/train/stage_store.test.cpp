#include "flashmotion/train/stage_store.hpp"

#include "flashmotion/base/read_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

namespace stage_store_test {

using flashmotion::RunFolder;
using flashmotion::StageStore;

void finish(RunFolder& run, const std::string& stage, const std::string& weights) {
  std::ofstream(run.result_file(stage, "adapter")) << weights;
  std::ofstream(run.stage_file(stage, "preview.png")) << "picture";
  run.append_metrics("{\"stage\": \"" + stage + "\", \"step\": 0}");
  std::ofstream(run.stage_file(stage, "done.json")) << "{\"seconds\": 3}";
}

TEST_CASE("a kept result is given to other runs with its metrics", "[train][unit]") {
  const TempFolder temp;
  const StageStore store(temp / "store");
  RunFolder first(temp / "first", "r", flashmotion::RunAccess::create),
      second(temp / "second", "r", flashmotion::RunAccess::create);
  first.append_metrics("{\"stage\": \"other\", \"step\": 0}");
  finish(first, "a", "weights");
  CHECK_FALSE(store.take("d1", second, "a"));
  store.keep("d1", "inputs = 1\n", first, "a");
  REQUIRE(store.take("d1", second, "b"));
  CHECK(second.finished("b"));
  CHECK(flashmotion::read_file(second.result_file("b", "adapter").string()) == "weights");
  CHECK(flashmotion::read_file((temp / "second/metrics.jsonl").string()) == "{\"stage\": \"a\", \"step\": 0}\n");
  CHECK(flashmotion::read_file((temp / "store/d1/inputs.toml").string()) == "inputs = 1\n");
  CHECK_FALSE(std::filesystem::exists(second.stage_file("b", "preview.png")));
  CHECK_FALSE(store.take("d2", second, "c"));
}

TEST_CASE("a result that was not wholly kept is not there", "[train][unit]") {
  const TempFolder temp;
  const StageStore store(temp / "store");
  RunFolder run(temp / "run", "r", flashmotion::RunAccess::create);
  std::filesystem::create_directories(temp / "store/d1.unfinished.1");
  std::filesystem::create_directories(temp / "store/d1");
  CHECK_FALSE(store.take("d1", run, "a"));
}

TEST_CASE("who claims a digest is alone with it", "[train][unit]") {
  const TempFolder temp;
  const StageStore store(temp / "store");
  std::atomic<bool> free{false}, early{false};
  std::thread other;
  {
    const StageStore::Claim claim = store.claim("d");
    const StageStore::Claim unrelated = store.claim("e");
    other = std::thread([&] {
      const StageStore::Claim theirs = store.claim("d");
      if (!free) early = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    free = true;
  }
  other.join();
  CHECK_FALSE(early);
}

}  // namespace stage_store_test
