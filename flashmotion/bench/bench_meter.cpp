#include "flashmotion/bench/bench_meter.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/bench/case_preview.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/metrics/colour_drift.hpp"
#include "flashmotion/metrics/flicker.hpp"
#include "flashmotion/metrics/mask_centre_error.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "flashmotion/metrics/visibility_accuracy.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

namespace flashmotion {
namespace bench_meter {

constexpr double kLeastEnergy = 1e-8;
constexpr std::int64_t kFirstLength = 9;  // of ceilings by length; then 17, 33, …

double only(const Tensor& one) { return one.item<double>(); }

// The figures that depend on what was found.
FigureValues found_figures(const Tensor& found, const ClipBatch& real) {
  const TrajectoryIou iou = trajectory_iou(found, real);
  FigureValues values = no_figures();
  values[0] = only(iou.mask);
  values[1] = only(iou.box);
  values[2] = only(mask_centre_error(found, real));
  values[3] = only(visibility_accuracy(found, real));
  return values;
}

ClipBatch first_frames(const ClipBatch& clip, std::int64_t frames) {
  ClipBatch part = clip;
  part.video = clip.video.slice(2, 0, frames);
  part.masks = clip.masks.slice(2, 0, frames);
  part.boxes = clip.boxes.slice(2, 0, frames);
  return part;
}

// [3, F, H, W] of any size to [1, 3, F, height, width].
Tensor of_size(const Tensor& video, std::int64_t height, std::int64_t width) {
  if (video.size(2) == height && video.size(3) == width) return video.unsqueeze(0);
  return resize_bilinear(video, height, width).unsqueeze(0);
}

}  // namespace bench_meter

ClipBatch reference_at(const ClipBatch& reference, std::int64_t frames) {
  const std::int64_t all = reference.video.size(2);
  if (frames == all) return reference;
  std::vector<std::int64_t> places;
  for (std::int64_t f = 0; f < frames; ++f) {
    const double time = static_cast<double>(f) * static_cast<double>(all - 1) / static_cast<double>(frames - 1);
    places.push_back(std::llround(time));
  }
  const Tensor chosen = at::tensor(places);
  ClipBatch part = reference;
  part.video = reference.video.index_select(2, chosen);
  part.masks = reference.masks.index_select(2, chosen);
  part.boxes = reference.boxes.index_select(2, chosen);
  return part;
}

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
  const Tensor found = tools_.finder.find ? tools_.finder.find(real_.video, real_) : real_.masks;
  ceiling_ = found_figures(found, real_);
  for (std::int64_t length = kFirstLength;; length = 2 * length - 1) {
    const std::int64_t frames = std::min(length, result_.frames);
    const TrajectoryIou iou = trajectory_iou(found.slice(2, 0, frames), first_frames(real_, frames));
    cases_.back().ceilings.push_back({frames, only(iou.mask), only(iou.box)});
    if (frames == result_.frames) break;
  }
}

void BenchMeter::expect_frames(const std::string& id, std::int64_t frames) {
  if (result_.frames == 0) result_.frames = frames;
  if (frames != result_.frames)
    throw InputError(fmt::format("the clip of case '{}' has {} frames, those before it {}; give all one length", id,
                                 frames, result_.frames));
}

void BenchMeter::begin_case(const BenchCase& one, std::int64_t frames, const ClipBatch* reference) {
  expect_frames(one.id, frames);
  if (one.id == case_) return;
  real_ = reference_at(reference != nullptr ? *reference : read_case(bench_, one), frames);
  cases_.emplace_back();
  measure_ceiling();
  case_ = one.id;
}

std::map<std::string, CaseFeatures> BenchMeter::features_of(const Tensor& video, bool new_case) const {
  const at::NoGradGuard no_grad;
  std::map<std::string, CaseFeatures> made;
  for (const FeatureExtractor& extractor : tools_.extractors) {
    CaseFeatures& features = made[extractor.metric];
    features.generated = extractor.features(video).to(at::kFloat);
    if (new_case) features.reference = extractor.features(real_.video).to(at::kFloat);
  }
  return made;
}

void BenchMeter::add(const BenchCase& one, std::int64_t seed, const GeneratedClip& clip, const ClipBatch* reference) {
  using namespace bench_meter;
  const at::NoGradGuard no_grad;
  if (clip.video.dim() != 4 || clip.video.size(0) != 3) throw ShapeError("a generated clip must be [3, F, H, W]");
  const bool new_case = one.id != case_;
  begin_case(one, clip.video.size(1), reference);
  MeasuredCase& now = cases_.back();
  now.frames = clip.video.size(1);
  now.height = clip.video.size(2);
  now.width = clip.video.size(3);
  const Tensor video = of_size(clip.video, bench_.height, bench_.width);
  auto features = std::async(std::launch::async, [&] { return features_of(video, new_case); });
  const Tensor found = clip.masks.defined() ? clip.masks : tools_.finder.find(video, real_);
  BenchClip measured{one.id, one.group, seed, found_figures(found, real_), ceiling_};
  measured.figures[4] = only(gradient_energy(video)) / std::max(only(gradient_energy(real_.video)), kLeastEnergy);
  measured.figures[5] = only(flicker_ratio(video, real_.video));
  measured.figures[6] = only(colour_drift(video, real_.video));
  measured.figures[7] = clip.seconds;
  measured.figures[8] = clip.peak_memory_gib;
  now.clips.push_back(std::move(measured));
  for (auto& [metric, made] : features.get()) {
    CaseFeatures& kept = now.features[metric];
    kept.generated = new_case ? made.generated : at::cat({kept.generated, made.generated});
    if (new_case) kept.reference = made.reference;
  }
  if (new_case && !tools_.previews.empty())
    write_case_preview(tools_.previews / (one.id + ".mp4"), real_, video[0], found[0], bench_.fps);
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
