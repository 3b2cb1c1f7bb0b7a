#include "flashmotion/bench/bench_meter.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/freed_memory.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/bench/case_preview.hpp"
#include "flashmotion/io/clip_source.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

namespace flashmotion {
namespace bench_meter {

constexpr std::int64_t kFirstLength = 9;  // of ceilings by length; then 17, 33, …

constexpr std::int64_t kTidied = 32;  // frames after which memory is given back: pieces of many sizes were freed

// Goes through frames in windows of some length. The first frame is a window of its own, so that the lengths of
// ceilings are ends of windows, and equal clips are added up in equal parts.
template <class Work>
void go_through(std::int64_t frames, std::int64_t window, Work work) {
  for (std::int64_t at = 0; at < frames;) {
    const std::int64_t count = std::min(frames - at, at == 0 ? 1 : window);
    work(at, count);
    at += count;
    if (at > 1 && at % kTidied == 1) give_back_freed_memory();
  }
}

}  // namespace bench_meter

BenchMeter::BenchMeter(const Bench& bench, BenchTools tools) : bench_(bench), tools_(std::move(tools)) {
  result_.bench_name = bench.name;
  result_.bench_sha256 = sha256_of_file((bench.folder / "bench.json").string());
  result_.bench_kind = bench.kind;
  result_.finder = {tools_.finder.name, tools_.finder.file_sha256};
  for (const FeatureExtractor& extractor : tools_.extractors)
    result_.extractors[extractor.metric] = {extractor.name, extractor.file_sha256};
}

void BenchMeter::measure_ceiling() {
  using namespace bench_meter;
  FramePass video = real_.video.begin(), masks = real_.masks.begin();
  FramePass found = tools_.finder.find ? tools_.finder.find(real_.video, first_) : real_.masks.begin();
  FoundSums sums;
  pixels_ = {};
  std::int64_t length = kFirstLength;
  go_through(result_.frames, frame_window(bench_.height, bench_.width), [&](std::int64_t at, std::int64_t count) {
    pixels_.add(video.next(count));
    sums.add(found.next(count), real_.window(masks.next(count), at));
    if (at + count != std::min(length, result_.frames)) return;
    const TrajectoryIou iou = sums.iou();
    cases_.back().ceilings.push_back({at + count, iou.mask.item<double>(), iou.box.item<double>()});
    length = 2 * length - 1;
  });
  ceiling_ = no_figures();
  sums.fill(ceiling_);
}

void BenchMeter::measure_clip(const ClipFrames& video, const GeneratedClip& clip, const std::filesystem::path& preview,
                              FigureValues& figures) const {
  FramePass frames = video.begin(), masks = real_.masks.begin(), shown = real_.video.begin();
  FramePass found = clip.masks ? clip.masks->begin() : tools_.finder.find(video, first_);
  CasePreview picture(preview, real_.boxes[0], real_.colours[0], bench_.fps);
  PixelSums pixels;
  FoundSums sums;
  bench_meter::go_through(result_.frames, frame_window(bench_.height, bench_.width),
                          [&](std::int64_t at, std::int64_t count) {
                            const Tensor now = frames.next(count), objects = found.next(count);
                            pixels.add(now);
                            sums.add(objects, real_.window(masks.next(count), at));
                            if (!preview.empty()) picture.add(shown.next(count)[0], now[0], objects[0]);
                          });
  picture.finish();
  sums.fill(figures);
  pixels.fill(figures, pixels_);
}

void BenchMeter::expect_frames(const std::string& id, std::int64_t frames) {
  if (result_.frames == 0) result_.frames = frames;
  if (frames != result_.frames)
    throw InputError(fmt::format("the clip of case '{}' has {} frames, those before it {}; give all one length", id,
                                 frames, result_.frames));
}

void BenchMeter::begin_case(const BenchCase& one, std::int64_t frames, const CaseClip* reference) {
  expect_frames(one.id, frames);
  if (one.id == case_) return;
  real_ = reference != nullptr ? *reference : open_case(bench_, one, frames);
  first_ = real_.first();
  cases_.emplace_back();
  measure_ceiling();
  case_ = one.id;
}

std::map<std::string, CaseFeatures> BenchMeter::features_of(const ClipFrames& video, bool new_case) const {
  const at::NoGradGuard no_grad;
  std::map<std::string, CaseFeatures> made;
  for (const FeatureExtractor& extractor : tools_.extractors) {
    CaseFeatures& features = made[extractor.metric];
    // Several distances are taken of the same features.
    const auto same = std::find_if(tools_.extractors.begin(), tools_.extractors.end(), [&](const auto& other) {
      return other.name == extractor.name && other.file_sha256 == extractor.file_sha256;
    });
    if (same->metric != extractor.metric) {
      features = made.at(same->metric);
      continue;
    }
    features.generated = extractor.features(video).to(at::kFloat);
    if (new_case) features.reference = extractor.features(real_.video).to(at::kFloat);
  }
  return made;
}

void BenchMeter::add(const BenchCase& one, std::int64_t seed, const GeneratedClip& clip, const CaseClip* reference) {
  const at::NoGradGuard no_grad;
  if (clip.video.size(0) != 1 || clip.video.size(1) != 3) throw ShapeError("a generated clip must be [1, 3, F, H, W]");
  const bool new_case = one.id != case_;
  begin_case(one, clip.video.frames(), reference);
  MeasuredCase& now = cases_.back();
  now.frames = clip.video.frames();
  now.height = clip.video.size(3);
  now.width = clip.video.size(4);
  const ClipFrames video = resized_source(clip.video, bench_.height, bench_.width);
  auto features = std::async(std::launch::async, [&] { return features_of(video, new_case); });
  const bool shown = new_case && !tools_.previews.empty();
  BenchClip measured{one.id, one.group, seed, no_figures(), ceiling_};
  measure_clip(video, clip, shown ? tools_.previews / (one.id + ".mp4") : std::filesystem::path(), measured.figures);
  measured.figures[7] = clip.seconds;
  measured.figures[8] = clip.peak_memory_gib;
  now.clips.push_back(std::move(measured));
  for (auto& [metric, made] : features.get()) {
    CaseFeatures& kept = now.features[metric];
    kept.generated = new_case ? made.generated : at::cat({kept.generated, made.generated});
    if (new_case) kept.reference = made.reference;
  }
}

void BenchMeter::take(MeasuredCase measured) {
  expect_frames(measured.clips.front().id, measured.frames);
  case_ = measured.clips.front().id;
  cases_.push_back(std::move(measured));
}

BenchResult BenchMeter::result() const {
  BenchResult result = result_;
  if (!cases_.empty()) {
    result.height = cases_.front().height;
    result.width = cases_.front().width;
  }
  for (const MeasuredCase& one : cases_) {
    result.clips.insert(result.clips.end(), one.clips.begin(), one.clips.end());
    for (const auto& [metric, features] : one.features) result.features[metric].push_back(features);
    result.ceilings.resize(one.ceilings.size());
    for (std::size_t i = 0; i < one.ceilings.size(); ++i) {
      result.ceilings[i].frames = one.ceilings[i].frames;
      result.ceilings[i].mask_iou += one.ceilings[i].mask_iou;
      result.ceilings[i].box_iou += one.ceilings[i].box_iou;
    }
  }
  for (CeilingAtLength& at : result.ceilings) {
    at.mask_iou /= static_cast<double>(cases_.size());
    at.box_iou /= static_cast<double>(cases_.size());
  }
  summarise(result);
  return result;
}

}  // namespace flashmotion
