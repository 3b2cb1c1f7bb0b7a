#include "flashmotion/data/folder_clip.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/data/detail/label_track.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <vector>

namespace flashmotion {
namespace folder_clip_detail {

constexpr std::size_t kMaxLabels = 64;

std::int64_t span(const ClipFolderConfig& config) { return (config.frames - 1) * config.stride + 1; }

void check_counts(std::int64_t frames, const ClipFiles& files, const ClipFolderConfig& config) {
  const std::int64_t needed = span(config);
  if (frames < needed) {
    throw InputError(
        fmt::format("it has {} frames; {} frames at stride {} need {}", frames, config.frames, config.stride, needed));
  }
  if (files.masks.size() != static_cast<std::size_t>(frames)) {
    throw InputError(fmt::format("it has {} frames and {} masks; each frame needs one", frames, files.masks.size()));
  }
}

Tensor pictures(const ClipFiles& files, const ClipFolderConfig& config) {
  std::vector<Tensor> frames;
  for (const auto& path : files.frames) {
    const Tensor planes = read_image_rgb8(path).movedim(-1, 0);
    frames.push_back(resize_bilinear(planes, config.height, config.width).movedim(0, -1));
  }
  return at::stack(frames).contiguous();
}

// How many objects each start shows in any of its frames.
ClipWindows windows_of(const FolderClip& clip, const ClipFolderConfig& config) {
  const Tensor steps = at::arange(config.frames, at::kLong).mul(config.stride);
  const Tensor seen = clip.boxes.select(2, 2).gt(clip.boxes.select(2, 0));  // [K, T]
  ClipWindows windows;
  windows.starts = window_starts(clip.frames.size(0), span(config), config.windows);
  for (const std::int64_t start : windows.starts)
    windows.shown.push_back(seen.index_select(1, steps.add(start)).any(1).sum().item<std::int64_t>());
  return windows;
}

}  // namespace folder_clip_detail

void check_clip_folder(const ClipFolderConfig& config) {
  if (!is_valid_frame_count(config.frames)) {
    throw InputError(frame_count_message("a clip of the folder", config.frames));
  }
  const auto most = static_cast<std::int64_t>(ToyMotion::kColours.size());
  if (config.stride < 1 || config.evaluation_every < 2 || config.max_objects < 1 || config.max_objects > most ||
      config.height < 1 || config.width < 1) {
    throw InputError(
        fmt::format("the clip folder needs a stride from 1, evaluation_every from 2, 1 to {} objects and a "
                    "size from 1 pixel",
                    most));
  }
}

FolderClip read_folder_clip(const ClipFiles& files, const ClipFolderConfig& config) {
  using namespace folder_clip_detail;
  if (!files.problem.empty()) throw InputError(files.problem);
  FolderClip clip;
  clip.name = files.name;
  clip.prompt = files.prompt;
  if (files.video.empty()) {
    check_numbers(files);
    check_counts(static_cast<std::int64_t>(files.frames.size()), files, config);
    clip.frames = pictures(files, config);
  } else {
    const VideoClip video = read_video(files.video, {.height = config.height, .width = config.width});
    if (video.damaged()) throw InputError(fmt::format("the video is damaged: {}", video.damage()));
    check_counts(video.frames.size(0), files, config);
    clip.frames = video.frames;
  }
  LabelTrack track(config.height, config.width);
  std::vector<std::uint32_t> colours;
  for (const auto& path : files.masks) {
    track.add(read_mask_png(path, colours));
    if (track.labels() > kMaxLabels) {
      throw InputError(fmt::format("the masks have more than {} labels; are they pictures, or smoothed?", kMaxLabels));
    }
  }
  const LabelTrack::Objects objects = track.objects(config.max_objects, config.min_object_share);
  if (objects.count == 0) {
    throw InputError(fmt::format("the masks show no object of at least {:g} of the picture", config.min_object_share));
  }
  clip.labels = objects.labels;
  clip.boxes = objects.boxes;
  clip.objects = objects.count;
  clip.windows = windows_of(clip, config);
  return clip;
}

ClipBatch clip_window(const FolderClip& clip, const ClipFolderConfig& config, std::int64_t start, bool flip) {
  const std::int64_t most = config.max_objects;
  const Tensor when = at::arange(config.frames, at::kLong).mul(config.stride).add(start);
  Tensor video = from_rgb8(clip.frames.index_select(0, when));
  Tensor label = clip.labels.index_select(0, when);
  Tensor box = at::zeros({most, config.frames, 4}, at::kFloat);
  box.narrow(0, 0, clip.objects).copy_(clip.boxes.index_select(1, when));
  if (flip) {
    video = video.flip({-1});
    label = label.flip({-1});
    const Tensor seen = box.select(2, 2).gt(box.select(2, 0)).unsqueeze(-1);
    const Tensor mirrored =
        at::stack({1.0 - box.select(2, 2), box.select(2, 1), 1.0 - box.select(2, 0), box.select(2, 3)}, 2);
    box = mirrored.mul(seen);  // what is not seen stays zero
  }
  const Tensor names = at::arange(1, most + 1, at::kByte).reshape({most, 1, 1, 1});
  ClipBatch batch;
  batch.video = video.unsqueeze(0);
  batch.masks = label.unsqueeze(0).eq(names).unsqueeze(0);
  batch.boxes = box.unsqueeze(0);
  batch.valid = batch.boxes.select(3, 2).gt(batch.boxes.select(3, 0)).any(2);
  batch.colours = ToyMotion::palette().narrow(0, 0, most).unsqueeze(0).mul(batch.valid.unsqueeze(-1)).contiguous();
  batch.prompts.push_back(clip.prompt);
  return batch;
}

}  // namespace flashmotion
