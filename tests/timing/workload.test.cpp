#include "flashmotion/timing/workload.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/timing/measure.hpp"
#include "flashmotion/train/recipe.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace workload_test {

using flashmotion::InputError;
using namespace flashmotion::timing;

WorkloadOptions small() {
  WorkloadOptions options;
  options.model = flashmotion::wan::preset("wan22_ti2v_5b");
  options.model.dit.width = 48;
  options.model.dit.heads = 2;
  options.model.dit.blocks = 2;
  options.model.dit.ffn_width = 64;
  options.model.dit.text_width = 16;
  options.size = {64, 96};
  options.frames = 5;
  options.prompt = 10;
  return options;
}

TEST_CASE("a pass of the transformer amounts to what its shapes say", "[timing][unit]") {
  const WorkloadOptions options = small();
  CHECK(options.latent() == std::array<std::int64_t, 5>{1, 48, 2, 4, 6});
  const auto work = make_workload("forward", options, flashmotion::builtin_catalog());
  const flashmotion::StopFlag stop;
  int runs = 0;
  const Measurement found = measure(*work, at::kCPU, 3, stop, [&] { ++runs; });
  CHECK(runs == 3);
  CHECK(found.seconds.size() == 3);
  CHECK(found.median() > 0.0);
  CHECK(found.enqueue > 0.0);
  CHECK(found.enqueue <= found.median());
  CHECK(found.peak_memory > 0);
  const std::int64_t n = 2 * 2 * 3, d = 48, f = 64, l = 10, levels = 2;
  const std::int64_t block = 2 * (4 * n * d * d) + 2 * (2 * n * n * d)          // self-attention
                             + 2 * (2 * n * d * d + 2 * l * d * d)              // cross-attention: q and o, k and v
                             + 2 * (2 * n * l * d) + 2 * (2 * n * d * f);       // its scores and sums; the feed-forward
  const std::int64_t embeddings = 2 * n * (48 * 4) * d                          // patches
                                  + 2 * l * (16 * d + d * d)                    // text
                                  + 2 * levels * (256 * d + d * d + d * 6 * d)  // noise levels
                                  + 2 * n * d * (48 * 4);                       // the head
  CHECK(found.flops == 2 * block + embeddings);
}

TEST_CASE("measuring a clip is timed by its parts, in frames a second", "[timing][unit]") {
  const auto work = make_workload("metrics", small(), flashmotion::builtin_catalog());
  const flashmotion::StopFlag stop;
  const Measurement found = measure(*work, at::kCPU, 1, stop, [] {});
  std::vector<std::string> names;
  double sum = 0;
  for (const auto& [name, seconds] : work->parts()) {
    names.push_back(name);
    CHECK(seconds > 0.0);
    sum += seconds;
  }
  CHECK(names == std::vector<std::string>{"decode", "flow", "features", "iou"});
  CHECK(sum <= found.seconds.back() * 1.001);
  const auto figures = work->figures();
  REQUIRE(figures.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(figures[i].first == names[i] + "/s");
    CHECK(figures[i].second * work->parts()[i].second == Approx(5));
  }
  // Two convolutions, over the frames after the first and over the differences between frames.
  const std::int64_t first = 24 * 3 * 9 * (32 * 48), second = 32 * 24 * 9 * (16 * 24);
  CHECK(found.flops == 2 * (4 + 4) * (first + second));
}

TEST_CASE("what does not fit is refused with the nearest that does", "[timing][message]") {
  const auto catalog = flashmotion::builtin_catalog();
  const auto text = [&](const std::string& name, const WorkloadOptions& options) {
    try {
      (void)make_workload(name, options, catalog);
    } catch (const InputError& problem) {
      return std::string(problem.what());
    }
    return std::string("nothing was thrown");
  };
  WorkloadOptions options = small();
  options.frames = 8;
  CHECK(text("forward", options) == "8 frames do not fit: give 5 or 9");
  options = small();
  options.size = {70, 96};
  CHECK(text("decode", options) ==
        "the size 70x96 does not fit: its sides are multiples of 32 and 32; the nearest smaller is 64x96");
  CHECK(text("forwards", small()).starts_with("no benchmark named 'forwards'"));
  CHECK(text("train", small()) == "'train' trains an adapter: give --adapter one");
}

}  // namespace workload_test
