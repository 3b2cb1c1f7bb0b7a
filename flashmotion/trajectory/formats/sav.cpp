#include "flashmotion/base/error.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace sav_detail {

constexpr double kFps = 24;

std::int64_t size_of(const JsonValue& value) {
  const double number = value.number();  // written as 1080.0
  if (!(number >= 1 && number <= 16384) || number != std::floor(number)) value.fail("must be from 1 to 16384");
  return static_cast<std::int64_t>(number);
}

RleMask mask_of_value(const JsonValue& value) {
  const std::vector<std::int64_t> size = value.at("size").wholes(1, 16384);
  if (size.size() != 2) value.at("size").fail("must be [height, width]");
  RleMask mask{size[0], size[1], {}};
  const JsonValue counts = value.at("counts");
  if (counts.is_text()) {
    auto parsed = parse_rle_counts(counts.text());
    if (!parsed) counts.fail("is no text of runs in COCO's writing");
    mask.counts = *std::move(parsed);
  } else {
    for (const std::int64_t count : counts.wholes(0, std::int64_t{1} << 28))
      mask.counts.push_back(static_cast<std::uint32_t>(count));
  }
  if (const std::string problem = rle_problem(mask); !problem.empty()) value.fail("is damaged: " + problem);
  return mask;
}

// Frames from one annotated frame to the next: every fourth in the files by hand, every one in the others.
std::int64_t stride(const JsonValue& root, std::int64_t annotated) {
  const auto total = root.find("video_frame_count");
  if (!total) return 1;
  const double frames = total->number();
  if (!(frames >= 1 && frames <= 1e6)) total->fail("must be a number of frames");
  return std::max<std::int64_t>(1, std::llround(frames / static_cast<double>(annotated)));
}

}  // namespace sav_detail

ForeignTrajectory parse_sav(std::string text, const std::string& name, const ForeignSettings& settings) {
  using namespace sav_detail;
  constexpr TrajectoryLimits kLimits;
  const JsonValue root = JsonValue::parse(std::move(text), name);
  const JsonValue masklet = root.at("masklet");
  const std::vector<JsonValue> frames = masklet.elements();
  if (frames.empty()) masklet.fail("has no frames");
  const auto annotated = static_cast<std::int64_t>(frames.size());
  const std::int64_t step = stride(root, annotated);
  ForeignTrajectory result;
  Trajectory& trajectory = result.trajectory;
  trajectory.frames = annotated;
  trajectory.fps = settings.fps > 0 ? settings.fps : kFps / static_cast<double>(step);
  if (annotated > kLimits.frames)
    masklet.fail(fmt::format("has {} frames; at most {} are read", annotated, kLimits.frames));
  if (step > 1) {
    result.notes.push_back(
        fmt::format("every {}th frame of the video is annotated; the trajectory has those {} frames "
                    "alone, at {:g} a second",
                    step, annotated, trajectory.fps));
  }
  std::vector<std::int64_t> ids;
  if (const auto given = root.find("masklet_id")) ids = given->wholes();
  const auto height = root.find("video_height");
  const auto width = root.find("video_width");
  if (height) trajectory.height = size_of(*height);
  if (width) trajectory.width = size_of(*width);
  for (std::int64_t t = 0; t < annotated; ++t) {
    const JsonValue& frame = frames[static_cast<std::size_t>(t)];
    const std::vector<JsonValue> masks = frame.elements();
    if (static_cast<std::int64_t>(masks.size()) > kLimits.objects)
      frame.fail(fmt::format("has {} objects; at most {} are read", masks.size(), kLimits.objects));
    if (t == 0) trajectory.objects.resize(masks.size());
    if (masks.size() != trajectory.objects.size()) {
      frame.fail(
          fmt::format("has {} masks, but the first frame has {}; there must be one for each object in each "
                      "frame, an empty one where it is not seen",
                      masks.size(), trajectory.objects.size()));
    }
    for (std::size_t k = 0; k < masks.size(); ++k) {
      TrajectoryObject& object = trajectory.objects[k];
      RleMask mask = mask_of_value(masks[k]);
      if (trajectory.height == 0) {
        trajectory.height = mask.height;
        trajectory.width = mask.width;
      }
      if (mask.height != trajectory.height || mask.width != trajectory.width) {
        masks[k].fail(fmt::format("has {}x{} pixels, but the video has {}x{}", mask.width, mask.height,
                                  trajectory.width, trajectory.height));
      }
      const auto tight = rle_box(mask);
      if (!tight) {
        if (object.hidden.empty() || object.hidden.back().end != t) object.hidden.push_back({t, t});
        ++object.hidden.back().end;
        continue;
      }
      Box box{};
      for (std::size_t i = 0; i < 4; ++i) {
        box[i] =
            static_cast<double>((*tight)[i]) / static_cast<double>(i % 2 == 0 ? trajectory.width : trajectory.height);
      }
      object.keys.push_back({.frame = t, .box = box, .mask = std::move(mask)});
    }
  }
  for (std::size_t k = 0; k < trajectory.objects.size(); ++k) {
    TrajectoryObject& object = trajectory.objects[k];
    object.name = fmt::format("object {}", k < ids.size() ? ids[k] : static_cast<std::int64_t>(k) + 1);
    object.colour = object_colour(k);
  }
  std::erase_if(trajectory.objects, [](const TrajectoryObject& object) { return object.keys.empty(); });
  if (trajectory.objects.empty()) masklet.fail("shows no object in any frame");
  return result;
}

}  // namespace flashmotion
