#include "flashmotion/bench/measure_clips.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/file_identity.hpp"
#include "tests/bench/measured_bench.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

namespace measure_clips_test {

namespace fs = std::filesystem;
using namespace measured_bench;
using Catch::Matchers::Contains;
using flashmotion::BenchCase;
using flashmotion::BenchMeter;
using flashmotion::BenchResult;
using flashmotion::MeasureOrder;

// A benchmark, its real clips as some model's in two seeds, and what is kept of them.
struct World {
  TempFolder temp;
  flashmotion::Bench bench = toy(temp);
  flashmotion::StopFlag stop;
  MeasureOrder order{temp / "clips", {}, temp / "kept"};

  World() {
    for (const char* seed : {"seed-0", "seed-1"}) {
      fs::create_directories(temp / "clips" / seed);
      for (const BenchCase& one : bench.cases)
        fs::copy(bench.folder / one.reference, temp / "clips" / seed / one.id, fs::copy_options::recursive);
    }
  }
  [[nodiscard]] BenchResult measure(flashmotion::BenchTools with = tools()) const {
    return flashmotion::measure_clips(bench, bench.cases, order, std::move(with), stop, {.quiet = true});
  }
  [[nodiscard]] std::set<std::string> kept() const {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(temp / "kept")) names.insert(file.path().stem().string());
    return names;
  }
};

bool same(const BenchResult& a, const BenchResult& b) {
  if (flashmotion::result_text(a) != flashmotion::result_text(b)) return false;
  for (const auto& [metric, cases] : a.features) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto& other = b.features.at(metric).at(i);
      if (!cases[i].generated.equal(other.generated) || !cases[i].reference.equal(other.reference)) return false;
    }
  }
  return a.features.size() == b.features.size();
}

TEST_CASE("clips that are read ahead give what clips give that are read one by one", "[bench][law]") {
  const World world;
  BenchMeter meter(world.bench, tools());
  for (const BenchCase& one : world.bench.cases) {
    const torch::Tensor real = flashmotion::read_case(world.bench, one).video;
    for (std::int64_t seed = 0; seed < 2; ++seed) meter.add(one, seed, {.video = real});
  }
  const BenchResult ahead = world.measure();
  CHECK(ahead.clips.size() == 12);
  CHECK(same(ahead, meter.result()));
  // And so do those that were kept.
  CHECK(world.kept().size() == 6);
  CHECK(same(world.measure(), ahead));
}

TEST_CASE("a damaged clip is told when its turn comes, and cases before it are kept", "[bench][message]") {
  const World world;
  const std::string third = world.bench.cases[2].id;
  std::ofstream(world.temp / "clips/seed-1" / third / "00004.png") << "damaged";
  CHECK_THROWS_WITH(world.measure(), Contains("seed-1/" + third + "/00004.png"));
  CHECK(world.kept() == std::set<std::string>{world.bench.cases[0].id, world.bench.cases[1].id});
}

TEST_CASE("a stop ends a measurement between two clips, and the rest is measured later", "[bench][law]") {
  World world;
  const BenchResult whole = world.measure();
  fs::remove_all(world.temp / "kept");
  // Asks for the stop itself, in the middle of the second case.
  auto with = tools();
  const auto find = with.finder.find;
  int calls = 0;
  with.finder.find = [&](const flashmotion::ClipFrames& video, const flashmotion::ClipBatch& first) {
    if (++calls == 5) world.stop.request(2);
    return find(video, first);
  };
  CHECK_THROWS_AS(world.measure(with), flashmotion::Interrupted);
  CHECK(world.kept() == std::set<std::string>{world.bench.cases[0].id});
  world.stop.request(0);
  calls = 100;
  CHECK(same(world.measure(with), whole));
  CHECK(calls == 100 + 5 * 3);  // five cases: the real clip and two seeds
}

TEST_CASE("cases are measured anew when what they were measured from or with has changed", "[bench][unit]") {
  const World world;
  int calls = 0;
  auto with = tools();
  with.finder.find = [&, find = with.finder.find](const flashmotion::ClipFrames& video,
                                                  const flashmotion::ClipBatch& first) {
    ++calls;
    return find(video, first);
  };
  const auto looked = [&] {
    calls = 0;
    (void)world.measure(with);
    return calls;
  };
  CHECK(looked() == 18);
  CHECK(looked() == 0);
  const auto later = [](const fs::path& file) {
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(2));
  };
  later(world.temp / "clips/seed-1" / world.bench.cases[0].id / "00003.png");
  CHECK(looked() == 3);
  later(world.bench.folder / world.bench.cases[1].masks / "00000.png");
  CHECK(looked() == 3);
  std::ofstream(world.temp / "clips/seed-0" / (world.bench.cases[2].id + ".json")) << R"({"seconds": 2})";
  CHECK(looked() == 3);
  with.finder.name = "another";
  CHECK(looked() == 18);
  with.extractors.clear();
  CHECK(looked() == 18);
}

TEST_CASE("so many seeds are measured as are asked for", "[bench][unit]") {
  World world;
  world.order.seeds = 1;
  CHECK(world.measure().clips.size() == 6);
  world.order.seeds = 3;
  CHECK_THROWS_WITH(world.measure(), Contains("has clips of 2 seeds, and 3 are asked for") && Contains("seed-2"));
}

TEST_CASE("the identity of files follows names, sizes and times, not hidden files", "[bench][unit]") {
  const TempFolder temp;
  std::ofstream(temp / "a") << "1";
  const std::string before = flashmotion::files_identity(temp.path());
  fs::create_directory(temp / ".hidden");
  std::ofstream(temp / ".hidden/b") << "1";
  CHECK(flashmotion::files_identity(temp.path()) == before);
  std::ofstream(temp / "a") << "12";
  const std::string longer = flashmotion::files_identity(temp.path());
  CHECK(longer != before);
  fs::rename(temp / "a", temp / "c");
  CHECK(flashmotion::files_identity(temp.path()) != longer);
  CHECK(flashmotion::files_identity(temp / "c") != flashmotion::files_identity(temp / "none"));
}

}  // namespace measure_clips_test
