#include "flashmotion/bench/bench_folder.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/bench/case_clip.hpp"
#include "flashmotion/bench/make_bench.hpp"
#include "flashmotion/io/image.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <filesystem>
#include <string>

namespace bench_folder_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::Bench;
using flashmotion::BenchKind;
using flashmotion::InputError;
using flashmotion::StopFlag;

// Two cases, of one and of two objects, of the toy world.
fs::path toy_bench(const TempFolder& temp) {
  const StopFlag stop;
  const auto made = flashmotion::make_bench(
      {.kind = BenchKind::toy, .out = temp / "toy", .per_group = 1, .seed = 3, .groups = {"1", "2"}}, stop,
      {.quiet = true});
  REQUIRE(made.bench.cases.size() == 2);
  return temp / "toy";
}

void replace(const fs::path& file, const std::string& old, const std::string& now) {
  std::string text = flashmotion::read_file(file.string());
  const auto at = text.find(old);
  REQUIRE(at != std::string::npos);
  flashmotion::write_file_atomically(file.string(), text.replace(at, old.size(), now));
}

std::string problem(const fs::path& folder) {
  try {
    const Bench bench = flashmotion::read_bench(folder);
    for (const auto& one : bench.cases) (void)flashmotion::read_case(bench, one);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("a benchmark reads back as it was written", "[bench][unit]") {
  const TempFolder temp;
  const Bench bench = flashmotion::read_bench(toy_bench(temp));
  CHECK(bench.kind == BenchKind::toy);
  CHECK(bench.frames == 9);
  CHECK(bench.width == 32);
  CHECK(bench.seed == 3);
  REQUIRE(bench.cases.size() == 2);
  CHECK(bench.cases[0].id == "1-01");
  CHECK(bench.cases[1].group == "2");
  CHECK(flashmotion::bench_text(bench) == flashmotion::read_file((temp / "toy" / "bench.json").string()));

  const auto clip = flashmotion::read_case(bench, bench.cases[1]);
  CHECK(clip.video.sizes() == at::IntArrayRef({1, 3, 9, 32, 32}));
  CHECK(clip.masks.sizes() == at::IntArrayRef({1, 2, 9, 32, 32}));
  CHECK(clip.boxes.sizes() == at::IntArrayRef({1, 2, 9, 4}));
  CHECK(clip.valid.all().item<bool>());
  CHECK(clip.colours.sizes() == at::IntArrayRef({1, 2, 3}));
  CHECK(clip.prompts.front() == bench.cases[1].prompt);
  CHECK(clip.masks.sum(1).max().item<std::int64_t>() == 1);  // visible pixels have one owner
  CHECK(clip.video.abs().max().item<float>() <= 1.0F);
}

TEST_CASE("all mistakes of a bench.json are told at once with their places", "[bench][message]") {
  const TempFolder temp;
  const fs::path file = toy_bench(temp) / "bench.json";
  replace(file, "\"seed\": 3", "\"seed\": -3,\n  \"sead\": 1");
  replace(file, "\"kind\": \"toy\"", "\"kind\": \"toys\"");
  replace(file, "\"id\": \"2-01\"", "\"id\": \"1-01\"");
  const std::string text = problem(temp / "toy");
  CHECK_THAT(text, Contains("bench.json:10:3: 'sead' is not known; did you mean 'seed'?") ||
                       Contains("bench.json:11:3: 'sead' is not known; did you mean 'seed'?"));
  CHECK_THAT(text, Contains("'kind'"));
  CHECK_THAT(text, Contains("did you mean 'toy'?"));
  CHECK_THAT(text, Contains("'seed' must be"));
  CHECK_THAT(text, Contains("'cases[1].id' is '1-01', as that of cases[0]"));
}

TEST_CASE("paths that leave the folder, missing files and wrong groups are refused", "[bench][message]") {
  const TempFolder temp;
  const fs::path folder = toy_bench(temp);
  const std::string whole = flashmotion::read_file((folder / "bench.json").string());
  const auto after = [&](const std::string& old, const std::string& now) {
    flashmotion::write_file_atomically((folder / "bench.json").string(), whole);
    replace(folder / "bench.json", old, now);
    return problem(folder);
  };
  CHECK_THAT(after("cases/1-01/first_frame.png", "../first_frame.png"), Contains("must be a path inside"));
  CHECK_THAT(after("cases/1-01/first_frame.png", "/etc/passwd"), Contains("must be a path inside"));
  CHECK_THAT(after("cases/1-01/first_frame.png", "cases/1-01/first.png"), Contains("which is missing"));
  CHECK_THAT(after("\"group\": \"2\"", "\"group\": \"3\""), Contains("the trajectory has 2 objects: group '2'"));
  CHECK_THAT(after("\"group\": \"2\"", "\"group\": \"6\""), Contains("must be \"1\", \"2\""));
  CHECK_THAT(after("\"frames\": 9", "\"frames\": 10"), Contains("'frames'"));
  CHECK_THAT(after("\"frames\": 9", "\"frames\": 13"), Contains("it needs one for each of the 13 frames"));
  CHECK_THAT(after("\"width\": 32", "\"width\": 64"), Contains("is of 32x32 pixels; the benchmark is of 64x32"));
  CHECK_THAT(after("\"version\": 1", "\"version\": 2"), Contains("newer version"));
  CHECK_THAT(after("\"fps\": 8", "\"fps\": 0"), Contains("must be from 0.1 to 1000"));
  CHECK_THAT(problem(temp / "nowhere"), Contains("is no benchmark folder"));
}

TEST_CASE("pictures and masks that do not fit are named", "[bench][message]") {
  const TempFolder temp;
  const fs::path folder = toy_bench(temp);
  const fs::path one = folder / "cases" / "1-01";
  const auto with = [&](const fs::path& file, const at::Tensor& picture) {
    const std::string old = flashmotion::read_file(file.string());
    picture.dim() == 2 ? flashmotion::write_mask_png(file, picture) : flashmotion::write_png(file, picture);
    const std::string text = problem(folder);
    flashmotion::write_file_atomically(file.string(), old);
    return text;
  };
  CHECK_THAT(with(one / "masks" / "00002.png", at::zeros({16, 32}, at::kByte)), Contains("is of 32x16 pixels"));
  CHECK_THAT(with(one / "masks" / "00002.png", at::full({32, 32}, 7, at::kByte)),
             Contains("has the label 7; the trajectory has 1 objects"));
  CHECK_THAT(with(one / "reference" / "00002.png", at::zeros({16, 16, 3}, at::kByte)), Contains("is of 16x16 pixels"));
  CHECK_THAT(with(one / "first_frame.png", at::zeros({32, 32, 3}, at::kByte)),
             Contains("is another picture than the reference's first frame"));
  CHECK(problem(folder) == "none");
  fs::remove(one / "masks" / "00002.png");
  CHECK_THAT(problem(folder), Contains("has 8 pictures in 'cases/1-01/masks'"));
}

TEST_CASE("a coordinate that is no number is refused with its place", "[bench][message]") {
  const TempFolder temp;
  const fs::path folder = toy_bench(temp);
  replace(folder / "cases" / "1-01" / "motion.traj.json", "[0.", "[NaN, 0.");
  CHECK_THAT(problem(folder), Contains("motion.traj.json") && Contains("NaN is no place"));
}

TEST_CASE("an object that is seen where its trajectory hides it is named", "[bench][message]") {
  const TempFolder temp;
  const fs::path folder = toy_bench(temp);
  const fs::path file = folder / "cases" / "1-01" / "motion.traj.json";
  auto trajectory = flashmotion::read_trajectory(file);
  trajectory.objects.front().hidden = {{4, 9}};
  flashmotion::write_trajectory(file, trajectory);
  CHECK_THAT(problem(folder), Contains("00004.png' shows object") && Contains("hides in frame 4"));
}

}  // namespace bench_folder_test
