#include "flashmotion/bench/clip_reader.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace flashmotion {
namespace clip_reader_detail {

constexpr std::size_t kMaxLabels = 64;

// The middle of the last two axes, in the wanted shape.
Tensor middle(const Tensor& planes, ClipExtent extent) {
  const std::int64_t height = planes.size(-2);
  const std::int64_t width = planes.size(-1);
  const std::int64_t rows =
      std::clamp<std::int64_t>((width * extent.height + extent.width / 2) / extent.width, 1, height);
  const std::int64_t columns =
      std::clamp<std::int64_t>((height * extent.width + extent.height / 2) / extent.height, 1, width);
  return planes.narrow(-2, (height - rows) / 2, rows).narrow(-1, (width - columns) / 2, columns);
}

struct Extremes {
  std::array<std::int64_t, 4> box{};
  std::int64_t area = 0;
};

void look(const Tensor& labels, std::map<std::uint8_t, Extremes>& seen,
          std::set<std::pair<std::uint8_t, std::uint8_t>>& touching) {
  const Tensor map = labels.contiguous();
  const auto* row = map.const_data_ptr<std::uint8_t>();
  const std::int64_t height = map.size(0);
  const std::int64_t width = map.size(1);
  const auto touch = [&](std::uint8_t a, std::uint8_t b) {
    if (a != b && a != 0 && b != 0) touching.insert(std::minmax(a, b));
  };
  for (std::int64_t y = 0; y < height; ++y, row += width) {
    for (std::int64_t x = 0; x < width; ++x) {
      if (row[x] == 0) continue;
      Extremes& e = seen.try_emplace(row[x], Extremes{{x, y, x + 1, y + 1}, 0}).first->second;
      e.box = {std::min(e.box[0], x), e.box[1], std::max(e.box[2], x + 1), y + 1};
      ++e.area;
      if (x + 1 < width) touch(row[x], row[x + 1]);
      if (y + 1 < height) touch(row[x], row[x + width]);
    }
  }
}

}  // namespace clip_reader_detail

ClipExtent extent_of(const ClipFiles& files) {
  if (!files.problem.empty()) throw InputError(files.problem);
  const Tensor first = files.video.empty() ? read_image_rgb8(files.frames.front())
                                           : read_video(files.video, {.max_frames = 1}).frames.select(0, 0);
  return {first.size(1), first.size(0)};
}

ClipReader::ClipReader(const ClipFiles& files, ClipExtent extent, std::int64_t most, std::vector<std::uint32_t> colours)
    : files_(files), extent_(extent), colours_(std::move(colours)) {
  if (!files.problem.empty()) throw InputError(files.problem);
  const auto masks = static_cast<std::int64_t>(files.masks.size());
  if (files.video.empty()) {
    check_numbers(files);
    frames_ = static_cast<std::int64_t>(files.frames.size());
  } else {
    // One more than wanted, to know whether the video goes on.
    VideoClip clip = read_video(files.video, {.max_frames = most + 1});
    if (clip.damaged()) throw InputError(fmt::format("the video is damaged: {}", clip.damage()));
    video_ = clip.frames;
    frames_ = video_.size(0) > most ? masks : video_.size(0);
  }
  if (frames_ != masks)
    throw InputError(fmt::format("it has {} frames and {} masks; each frame needs one", frames_, masks));
  frames_ = std::min(frames_, most);
}

Tensor ClipReader::picture(std::int64_t frame) const {
  const Tensor whole =
      video_.defined() ? video_.select(0, frame) : read_image_rgb8(files_.frames[static_cast<std::size_t>(frame)]);
  const Tensor part = clip_reader_detail::middle(whole.movedim(-1, 0), extent_);
  if (part.size(1) == extent_.height && part.size(2) == extent_.width) return part.movedim(0, -1).contiguous();
  return resize_bilinear(part.contiguous(), extent_.height, extent_.width).movedim(0, -1).contiguous();
}

Tensor ClipReader::labels(std::int64_t frame) {
  const Tensor whole = read_mask_png(files_.masks[static_cast<std::size_t>(frame)], colours_);
  return resize_nearest(clip_reader_detail::middle(whole, extent_), extent_.height, extent_.width).contiguous();
}

ClipSurvey survey_clip(const ClipFiles& files, ClipExtent extent, std::int64_t most) {
  using namespace clip_reader_detail;
  ClipReader reader(files, extent, most);
  ClipSurvey survey{.files = files, .frames = reader.frames()};
  std::map<std::uint8_t, LabelTrail> trails;
  const auto count = static_cast<std::size_t>(survey.frames);
  for (std::int64_t t = 0; t < survey.frames; ++t) {
    std::map<std::uint8_t, Extremes> seen;
    std::set<std::pair<std::uint8_t, std::uint8_t>> touching;
    look(reader.labels(t), seen, touching);
    for (const auto& [label, extremes] : seen) {
      LabelTrail& trail = trails[label];
      trail.label = label;
      trail.boxes.resize(count);
      trail.areas.resize(count);
      trail.boxes[static_cast<std::size_t>(t)] = extremes.box;
      trail.areas[static_cast<std::size_t>(t)] = extremes.area;
    }
    for (const auto& pair : touching) ++survey.touching[pair];
    if (trails.size() > kMaxLabels)
      throw InputError(fmt::format("the masks have more than {} labels; are they pictures, or smoothed?", kMaxLabels));
  }
  if (trails.empty()) throw InputError("the masks show no object");
  for (auto& [label, trail] : trails) survey.labels.push_back(std::move(trail));
  survey.colours = reader.colours();
  return survey;
}

}  // namespace flashmotion
