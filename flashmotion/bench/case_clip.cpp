#include "flashmotion/bench/case_clip.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/clip_source.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

namespace flashmotion {
namespace case_clip_detail {

using Files = std::vector<std::filesystem::path>;

void check_size(const Tensor& picture, const Bench& bench, const std::filesystem::path& file) {
  if (picture.size(0) == bench.height && picture.size(1) == bench.width) return;
  throw InputError(fmt::format("'{}' is of {}x{} pixels; the benchmark is of {}x{}", file.string(), picture.size(1),
                               picture.size(0), bench.width, bench.height));
}

Files files_in(const Bench& bench, const std::string& path) {
  Files files = pictures_in(bench.folder / path);
  if (files.size() == static_cast<std::size_t>(bench.frames)) return files;
  throw InputError(fmt::format("'{}' holds {} pictures; it needs one for each of the {} frames",
                               (bench.folder / path).string(), files.size(), bench.frames));
}

void check_reference(const Bench& bench, const BenchCase& one, const Files& files) {
  for (const std::filesystem::path& file : files) {
    const Tensor picture = read_image_rgb8(file);
    check_size(picture, bench, file);
    if (file != files.front()) continue;
    const std::filesystem::path first = bench.folder / one.image;
    const Tensor image = read_image_rgb8(first);
    check_size(image, bench, first);
    if (!image.equal(picture))
      throw InputError(
          fmt::format("'{}' is another picture than the reference's first frame, '{}'", first.string(), file.string()));
  }
}

// Labels of 1 to `objects` as masks [K, H, W] bool.
Tensor masks_of(const Tensor& labels, std::int64_t objects) {
  return labels.unsqueeze(0).eq(at::arange(1, objects + 1, at::kByte).reshape({objects, 1, 1}));
}

// `boxes` [K, F, 4]
void check_masks(const Bench& bench, const BenchCase& one, const Files& files, const Trajectory& trajectory,
                 const Tensor& boxes) {
  const auto objects = static_cast<std::int64_t>(trajectory.objects.size());
  const Tensor shown = boxes.select(2, 2).gt(boxes.select(2, 0));  // [K, F]
  Tensor ever = at::zeros({objects}, at::kBool);
  for (std::int64_t t = 0; t < bench.frames; ++t) {
    const std::filesystem::path& file = files[static_cast<std::size_t>(t)];
    const Tensor labels = read_mask_png(file);
    check_size(labels, bench, file);
    const auto most = labels.max().item<std::int64_t>();
    if (most > objects)
      throw InputError(
          fmt::format("'{}' has the label {}; the trajectory has {} objects", file.string(), most, objects));
    const Tensor seen = masks_of(labels, objects).flatten(1).any(1);
    ever = ever.logical_or(seen);
    const Tensor stray = seen.logical_and(shown.select(1, t).logical_not());
    if (!stray.any().item<bool>()) continue;
    const auto k = static_cast<std::size_t>(stray.to(at::kByte).argmax().item<std::int64_t>());
    throw InputError(fmt::format("'{}' shows object '{}', which the trajectory hides in frame {}", file.string(),
                                 trajectory.objects[k].name, t));
  }
  if (ever.all().item<bool>()) return;
  const auto k = static_cast<std::size_t>(ever.logical_not().to(at::kByte).argmax().item<std::int64_t>());
  throw InputError(
      fmt::format("'{}' shows object '{}' in no frame, label {}; take it out of '{}', or give the masks that have it",
                  (bench.folder / one.masks).string(), trajectory.objects[k].name, k + 1,
                  (bench.folder / one.trajectory).string()));
}

// Frames of the benchmark at the times of a clip of `frames` frames.
std::vector<std::int64_t> places_of(std::int64_t all, std::int64_t frames) {
  std::vector<std::int64_t> places;
  for (std::int64_t f = 0; f < frames; ++f) {
    const double time = frames == all ? static_cast<double>(f)
                                      : static_cast<double>(f) * static_cast<double>(all - 1) /
                                            static_cast<double>(std::max<std::int64_t>(1, frames - 1));
    places.push_back(std::llround(time));
  }
  return places;
}

Files chosen(const Files& files, const std::vector<std::int64_t>& places) {
  Files part;
  for (const std::int64_t place : places) part.push_back(files[static_cast<std::size_t>(place)]);
  return part;
}

}  // namespace case_clip_detail

ClipBatch CaseClip::first() const {
  ClipBatch clip = window(masks.begin().next(1), 0);
  clip.video = video.begin().next(1);
  clip.prompts = {prompt};
  return clip;
}

ClipBatch CaseClip::window(const Tensor& part, std::int64_t from) const {
  ClipBatch clip;
  clip.masks = part;
  clip.boxes = boxes.slice(2, from, from + part.size(2));
  clip.valid = valid;
  clip.colours = colours;
  return clip;
}

CaseClip open_case(const Bench& bench, const BenchCase& one, std::int64_t frames) {
  using namespace case_clip_detail;
  Trajectory trajectory = read_case_trajectory(bench, one);
  for (TrajectoryObject& object : trajectory.objects) object.masks.reset();  // those of the case are read below
  const auto objects = static_cast<std::int64_t>(trajectory.objects.size());
  const Tensor all_boxes = boxes(trajectory, bench.frames);
  const Files masks = files_in(bench, one.masks);
  check_masks(bench, one, masks, trajectory, all_boxes);
  const Files pictures = files_in(bench, one.reference);
  check_reference(bench, one, pictures);
  const std::vector<std::int64_t> places = places_of(bench.frames, frames > 0 ? frames : bench.frames);
  CaseClip clip;
  clip.video = picture_source(chosen(pictures, places));
  clip.masks = file_source(chosen(masks, places), objects, bench.height, bench.width,
                           [objects](const auto& file) { return masks_of(read_mask_png(file), objects); });
  clip.boxes = all_boxes.index_select(1, at::tensor(places)).unsqueeze(0);
  clip.valid = at::ones({1, objects}, at::kBool);
  clip.colours = colours(trajectory).unsqueeze(0);
  clip.prompt = one.prompt;
  return clip;
}

ClipBatch read_case(const Bench& bench, const BenchCase& one) {
  const CaseClip clip = open_case(bench, one);
  ClipBatch whole = clip.window(all_frames(clip.masks.begin()), 0);
  whole.video = all_frames(clip.video.begin());
  whole.prompts = {one.prompt};
  return whole;
}

}  // namespace flashmotion
