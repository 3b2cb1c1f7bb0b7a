#include "flashmotion/bench/measure_clips.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/freed_memory.hpp"
#include "flashmotion/bench/generated_clips.hpp"
#include "flashmotion/bench/measured_cases.hpp"
#include "flashmotion/io/json_value.hpp"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {
namespace measure_clips_detail {

namespace fs = std::filesystem;

fs::path cost_file(const fs::path& clips, const BenchCase& one, std::int64_t seed) {
  const fs::path file = clips / fmt::format("seed-{}", seed) / (one.id + ".json");
  return fs::is_regular_file(file) ? file : clips / (one.id + ".json");
}

// A clip whose files were read ahead once, so that all is known that may be wrong with them.
struct Ready {
  GeneratedClip clip;
  std::optional<CaseClip> reference;  // with the first clip of a case
};

class Reader {
 public:
  Reader(const Bench& bench, const MeasureOrder& order, const GeneratedClips& clips)
      : bench_(bench), order_(order), clips_(clips) {}

  [[nodiscard]] std::future<Ready> begin(const BenchCase& one, std::int64_t seed) const {
    return std::async(std::launch::async, [this, &one, seed] { return read(one, seed); });
  }

  // What a case is measured from besides the benchmark.
  [[nodiscard]] std::vector<fs::path> files(const BenchCase& one) const {
    std::vector<fs::path> list;
    for (std::int64_t seed = 0; seed < clips_.seeds(); ++seed) {
      list.push_back(clips_.place(one, seed));
      list.push_back(cost_file(order_.clips, one, seed));
      if (!order_.masks.empty()) list.push_back(given_masks_place(order_.masks, one, seed));
    }
    return list;
  }

 private:
  [[nodiscard]] Ready read(const BenchCase& one, std::int64_t seed) const {
    const at::NoGradGuard no_grad;
    Ready ready;
    ready.clip.video = clips_.open(one, seed);
    const std::int64_t frames = ready.clip.video.frames();
    if (seed == 0) ready.reference = open_case(bench_, one, frames);
    read_clip_cost(order_.clips, one, seed, ready.clip);
    if (!order_.masks.empty()) {
      const auto objects = static_cast<std::int64_t>(read_case_trajectory(bench_, one).objects.size());
      ready.clip.masks = open_given_masks(order_.masks, one, seed, objects, frames, bench_.height, bench_.width);
    }
    return ready;
  }

  const Bench& bench_;
  const MeasureOrder& order_;
  const GeneratedClips& clips_;
};

}  // namespace measure_clips_detail

void check_measurable(const Bench& bench) {
  if (bench.frames >= kLeastClipFrames) return;
  throw InputError(fmt::format("'{}' has clips of {} frame; nothing moves in them. Measuring takes {} or more",
                               (bench.folder / "bench.json").string(), bench.frames, kLeastClipFrames));
}

BenchResult measure_clips(const Bench& bench, std::span<const BenchCase> cases, const MeasureOrder& order,
                          BenchTools tools, const StopFlag& stop, const ProgressOptions& progress) {
  using namespace measure_clips_detail;
  check_measurable(bench);
  const GeneratedClips clips(order.clips, cases, order.seeds);
  const Reader reader(bench, order, clips);
  std::optional<MeasuredCases> kept;
  if (!order.kept.empty()) kept.emplace(order.kept, bench, tools);
  const fs::path previews = tools.previews;

  std::vector<std::optional<MeasuredCase>> done(cases.size());
  std::vector<std::string> inputs(cases.size());
  std::vector<std::pair<std::size_t, std::int64_t>> work;  // case and seed
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const bool shown = previews.empty() || fs::exists(previews / (cases[i].id + ".mp4"));
    if (kept && shown) done[i] = kept->find(cases[i], reader.files(cases[i]));
    if (kept && !done[i]) inputs[i] = kept->inputs(cases[i], reader.files(cases[i]));
    for (std::int64_t seed = 0; !done[i] && seed < clips.seeds(); ++seed) work.emplace_back(i, seed);
  }

  BenchMeter meter(bench, std::move(tools));
  const auto total = static_cast<std::int64_t>(cases.size()) * clips.seeds();
  ProgressBar bar("measuring", total, progress, total - static_cast<std::int64_t>(work.size()));
  std::future<Ready> next;
  std::size_t turn = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (done[i]) {
      meter.take(std::move(*done[i]));
      continue;
    }
    for (std::int64_t seed = 0; seed < clips.seeds(); ++seed, ++turn) {
      stop.throw_if_stopped();
      const Ready now = (next.valid() ? std::exchange(next, {}) : reader.begin(cases[i], seed)).get();
      if (turn + 1 < work.size()) next = reader.begin(cases[work[turn + 1].first], work[turn + 1].second);
      meter.add(cases[i], seed, now.clip, now.reference ? &*now.reference : nullptr);
      bar.advance(1, cases[i].id);
      give_back_freed_memory();
    }
    if (kept) kept->keep(cases[i], inputs[i], meter.last_case());
  }
  bar.finish();
  return meter.result();
}

void read_clip_cost(const std::filesystem::path& clips, const BenchCase& one, std::int64_t seed, GeneratedClip& clip) {
  const auto file = measure_clips_detail::cost_file(clips, one, seed);
  if (!std::filesystem::is_regular_file(file)) return;
  const JsonValue cost = read_json(file, 1'000'000);
  if (const auto seconds = cost.find("seconds")) clip.seconds = seconds->number();
  if (const auto memory = cost.find("peak_memory_gib")) clip.peak_memory_gib = memory->number();
}

}  // namespace flashmotion
