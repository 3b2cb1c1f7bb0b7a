#include "flashmotion/train/bench_clips.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/core/peak_memory.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/pixels.hpp"

#include <fmt/format.h>

namespace flashmotion {
namespace bench_clips {

namespace fs = std::filesystem;

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

fs::path seed_folder(const fs::path& out, std::int64_t seed) { return out / fmt::format("seed-{}", seed); }

void write_clip(const fs::path& folder, const std::string& id, const MadeClip& made, std::int64_t memory) {
  JsonWriter json;
  json.begin_object()
      .field("seconds", made.seconds)
      .field("peak_memory_gib", static_cast<double>(memory) / kGib)
      .end_object();
  const fs::path unfinished = folder / ("." + id + ".unfinished");
  fs::remove_all(unfinished);
  fs::create_directories(unfinished);
  const Tensor frames = to_rgb8(made.video);
  for (std::int64_t f = 0; f < frames.size(0); ++f) write_png(unfinished / fmt::format("{:05}.png", f), frames[f]);
  write_file_atomically((folder / (id + ".json")).string(), json.text() + "\n");
  fs::rename(unfinished, folder / id);
}

}  // namespace bench_clips

void claim_bench_clips(const Bench& bench, const BenchClipsOrder& order) {
  JsonWriter json(2);
  json.begin_object()
      .field("model", order.model)
      .field("bench_sha256", sha256_of_file((bench.folder / "bench.json").string()))
      .end_object();
  const std::string text = json.text() + "\n";
  const std::filesystem::path file = order.out / "model.json";
  if (!std::filesystem::exists(file)) {
    std::filesystem::create_directories(order.out);
    write_file_atomically(file.string(), text);
  } else if (read_file(file.string(), 1'000'000) != text) {
    throw InputError(
        fmt::format("'{}' holds the clips of another model or benchmark; give another --out, or remove that folder",
                    order.out.string()));
  }
}

void make_bench_clips(const RunClipMaker& maker, const Bench& bench, std::span<const BenchCase> cases,
                      const BenchClipsOrder& order, const StopFlag& stop, const ProgressOptions& progress) {
  using namespace bench_clips;
  claim_bench_clips(bench, order);
  const auto there = [&](const BenchCase& one, std::int64_t seed) {
    return fs::is_directory(seed_folder(order.out, seed) / one.id);
  };
  std::int64_t done = 0;
  for (const BenchCase& one : cases) {
    for (std::int64_t seed = 0; seed < order.seeds; ++seed) done += there(one, seed) ? 1 : 0;
  }
  ProgressBar bar("generating", static_cast<std::int64_t>(cases.size()) * order.seeds, progress, done);
  ProgressOptions silent;
  silent.quiet = true;
  for (const BenchCase& one : cases) {
    for (std::int64_t seed = 0; seed < order.seeds; ++seed) {
      if (there(one, seed)) continue;
      stop.throw_if_stopped();
      ProgressBar steps("denoising", 1, silent);
      forget_peak_memory(c10::kCPU);
      const MadeClip made = maker.make({read_image(bench.folder / one.image), read_case_trajectory(bench, one),
                                        one.prompt, static_cast<std::uint64_t>(seed)},
                                       stop, steps);
      write_clip(seed_folder(order.out, seed), one.id, made, peak_memory(c10::kCPU));
      bar.advance(1, one.id);
    }
  }
  bar.finish();
}

}  // namespace flashmotion
