#include "flashmotion/bench/make_bench.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/bench/case_clip.hpp"
#include "flashmotion/io/image.hpp"
#include "tests/bench/synthetic_clips.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/zeros.h>

#include <filesystem>
#include <map>
#include <string>

namespace make_bench_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::BenchKind;
using flashmotion::InputError;
using flashmotion::MadeBench;
using flashmotion::MakeBenchOptions;
using flashmotion::StopFlag;
using synthetic_clips::make_clip;

MadeBench make(const MakeBenchOptions& options) {
  const StopFlag stop;
  return flashmotion::make_bench(options, stop, {.quiet = true});
}

std::string problem(const MakeBenchOptions& options) {
  try {
    (void)make(options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

// Every file below a folder, and its bytes.
std::map<std::string, std::string> bytes_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), folder).string()] = flashmotion::read_file(entry.path().string());
  }
  return files;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

fs::path three_clips(const TempFolder& temp) {
  make_clip(temp / "clips" / "one-square", 11, 1, 40);
  make_clip(temp / "clips" / "two-squares", 9, 2, 80);
  make_clip(temp / "clips" / "three-squares", 9, 3, 120);
  return temp / "clips";
}

TEST_CASE("the number of labels in a clip is its group", "[bench][unit]") {
  const TempFolder temp;
  const fs::path clips = three_clips(temp);
  fs::create_directories(clips / "damaged" / "frames");
  const MadeBench made = make({.kind = BenchKind::clips, .out = temp / "out", .clips = clips});
  REQUIRE(made.bench.cases.size() == 3);
  CHECK(made.bench.frames == 9);
  CHECK(made.bench.width == 96);
  CHECK(made.bench.height == 64);
  REQUIRE(made.skipped.size() == 1);
  CHECK(made.skipped.front().clip == "damaged");
  const auto bench = flashmotion::read_bench(temp / "out");
  CHECK(bench == made.bench);
  const auto clip = flashmotion::read_case(bench, bench.cases[1]);
  CHECK(bench.cases[1].prompt == "two squares");
  CHECK(clip.masks.select(1, 1).select(1, 3).sum().item<std::int64_t>() == 144);
  // Square 1 in frame 3: 9 to 21 of 64 rows, 32 to 44 of 96 columns.
  const auto box = clip.boxes[0][1][3];
  CHECK(box[0].item<float>() == Approx(32.0 / 96));
  CHECK(box[1].item<float>() == Approx(9.0 / 64));
  CHECK(box[2].item<float>() == Approx(44.0 / 96));
  CHECK(box[3].item<float>() == Approx(21.0 / 64));
}

TEST_CASE("equal options make equal bytes, and a benchmark that is there already stays", "[bench][unit]") {
  const TempFolder temp;
  const fs::path clips = three_clips(temp);
  for (const BenchKind kind : {BenchKind::toy, BenchKind::composite}) {
    INFO(flashmotion::to_string(kind));
    MakeBenchOptions options{.kind = kind, .out = temp / "a", .per_group = 1, .seed = 5, .groups = {"1", "3"}};
    if (kind == BenchKind::composite) options.clips = clips;
    fs::remove_all(temp / "a");
    fs::remove_all(temp / "b");
    CHECK_FALSE(make(options).unchanged);
    CHECK(make(options).unchanged);
    options.out = temp / "b";
    (void)make(options);
    CHECK(bytes_of(temp / "a") == bytes_of(temp / "b"));
    options.seed = 6;
    CHECK_THAT(problem(options), Contains("holds another benchmark; give another --out"));
    options.out = temp / "c";
    (void)make(options);
    CHECK_FALSE(bytes_of(temp / "a") == bytes_of(temp / "c"));
    fs::remove_all(temp / "c");
  }
  CHECK(entries(temp.path()) == 3);  // nothing half-made lies about
}

TEST_CASE("composites show every object in the first frame and name what is visible", "[bench][unit]") {
  const TempFolder temp;
  const MadeBench made = make({.kind = BenchKind::composite,
                               .out = temp / "out",
                               .clips = three_clips(temp),
                               .per_group = 2,
                               .groups = {"1", "2", "3"}});
  REQUIRE(made.bench.cases.size() == 6);
  for (const auto& one : made.bench.cases) {
    INFO(one.id);
    CHECK_THAT(one.prompt, Contains(" over "));
    const auto clip = flashmotion::read_case(made.bench, one);
    CHECK(clip.masks.sum(1).max().item<std::int64_t>() == 1);
    const auto first = clip.masks.select(0, 0).select(1, 0).flatten(1).sum(1);
    CHECK(first.min().item<std::int64_t>() >= flashmotion::kLeastFirstShare * 96 * 64);
    // An object's pixels are those of bright squares; the ground is at most 120 of 255, and soft edges lie between.
    const auto picture = clip.video[0].mean(0).add(1).mul(127.5);
    const auto seen = clip.masks[0].any(0);
    CHECK(picture.masked_select(seen).mean().item<float>() > 170);
  }
}

TEST_CASE("what is missing for a benchmark is said", "[bench][message]") {
  const TempFolder temp;
  const fs::path clips = three_clips(temp);
  const fs::path out = temp / "out";
  CHECK_THAT(problem({.kind = BenchKind::clips, .out = out}), Contains("give --clips"));
  CHECK_THAT(problem({.kind = BenchKind::clips, .out = out, .clips = temp / "no"}), Contains("is not a folder"));
  CHECK_THAT(problem({.kind = BenchKind::clips, .out = out, .clips = clips, .groups = {"4"}}),
             Contains("has no clip with 4 objects"));
  CHECK_THAT(problem({.kind = BenchKind::composite, .out = out, .clips = clips}),
             Contains("needs 5 objects") || Contains("needs 6 objects") || Contains("needs 4 objects"));
  CHECK_THAT(problem({.kind = BenchKind::clips, .out = out, .clips = clips, .frames = 13}),
             Contains("holds no clip that can be used") && Contains("the benchmark has 13"));
  CHECK_THAT(problem({.kind = BenchKind::toy, .out = out, .frames = 10}), Contains("--frames"));
  CHECK_THAT(problem({.kind = BenchKind::toy, .out = out, .groups = {"4"}}), Contains("up to 3 objects"));
  CHECK_THAT(problem({.kind = BenchKind::toy, .out = out, .groups = {"7"}}), Contains("there is no group '7'"));
  CHECK_THAT(problem({.kind = BenchKind::toy, .out = out, .width = 64, .height = 32}), Contains("square"));
  CHECK_THAT(problem({.kind = BenchKind::toy}), Contains("--out"));
  fs::create_directories(temp / "bare" / "a" / "frames");
  flashmotion::write_png(temp / "bare" / "a" / "frames" / "0.png", at::zeros({32, 32, 3}, at::kByte));
  CHECK_THAT(problem({.kind = BenchKind::clips, .out = out, .clips = temp / "bare"}), Contains("a: it has no masks"));
  CHECK_FALSE(fs::exists(out));
  fs::create_directories(out);
  flashmotion::write_file_atomically((out / "notes.txt").string(), "mine");
  CHECK_THAT(problem({.kind = BenchKind::toy, .out = out}), Contains("holds other things than a benchmark"));
  CHECK(entries(out) == 1);
  CHECK(entries(temp.path()) == 3);
}

TEST_CASE("a stop leaves nothing behind", "[bench][unit]") {
  const TempFolder temp;
  StopFlag stop;
  stop.request(2);
  CHECK_THROWS_AS((void)flashmotion::make_bench({.kind = BenchKind::toy, .out = temp / "out"}, stop, {.quiet = true}),
                  flashmotion::Interrupted);
  CHECK(entries(temp.path()) == 0);
}

TEST_CASE("real clips give composites of all groups", "[bench][unit][slow]") {
  const auto clips = test_data("clips");
  if (!clips) {
    FLASHMOTION_SKIP("no test data");
  }
  const TempFolder temp;
  const MadeBench made = make({.kind = BenchKind::composite,
                               .out = temp / "out",
                               .clips = *clips,
                               .per_group = 1,
                               .frames = 9,
                               .width = 208,
                               .height = 112});
  REQUIRE(made.bench.cases.size() == 6);
  for (const auto& one : made.bench.cases) {
    INFO(one.id);
    const auto clip = flashmotion::read_case(made.bench, one);
    CHECK(flashmotion::bench_group(clip.masks.size(1)) == one.group);
    CHECK(clip.masks.select(0, 0).select(1, 0).flatten(1).sum(1).min().item<std::int64_t>() >= 46);
  }
}

}  // namespace make_bench_test
