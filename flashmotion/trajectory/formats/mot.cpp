#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"
#include "flashmotion/trajectory/sampling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace flashmotion {
namespace mot_detail {

constexpr std::size_t kFields = 6;  // that are needed
constexpr double kFar = 4;          // pictures away: such a place is a mistake

using Track = std::map<std::int64_t, Box>;  // by frame, from 0

}  // namespace mot_detail

ForeignTrajectory parse_mot(std::string_view text, const std::string& name, const ForeignSettings& settings) {
  using namespace mot_detail;
  constexpr TrajectoryLimits kLimits;
  ForeignTrajectory result;
  Trajectory& trajectory = result.trajectory;
  trajectory.width = settings.width;
  trajectory.height = settings.height;
  trajectory.fps = settings.fps > 0 ? settings.fps : 30;
  std::map<std::int64_t, Track> tracks;
  std::int64_t ignored = 0;
  for (const TextLine& line : number_lines(text)) {
    const auto wrong = [&](const std::string& what) { throw InputError(what, SourceLocation{name, line.number, 0}); };
    if (line.fields.size() < kFields) {
      wrong(fmt::format("a line needs frame, id, left, top, width and height, found {} fields", line.fields.size()));
    }
    std::array<double, kFields + 1> value{0, 0, 0, 0, 0, 0, 1};
    for (std::size_t i = 0; i < std::min(value.size(), line.fields.size()); ++i) {
      const auto number = finite_number(line.fields[i]);
      if (!number) wrong(fmt::format("field {} must be a number, found '{}'", i + 1, line.fields[i]));
      value[i] = *number;
    }
    const double frame = value[0] - 1;
    if (frame != std::floor(frame) || frame < 0 || frame >= static_cast<double>(kLimits.frames)) {
      wrong(fmt::format("the frame must be a whole number from 1 to {}, found {}", kLimits.frames, value[0]));
    }
    if (value[1] == -1) wrong("the object has no number (-1): these are detections; track them first");
    if (value[1] != std::floor(value[1]) || std::abs(value[1]) > 1e12) {
      wrong(fmt::format("the object's number must be whole, found {}", value[1]));
    }
    if (value[4] <= 0 || value[5] <= 0) {
      wrong(fmt::format("the box is empty: its width is {} and its height {}", value[4], value[5]));
    }
    if (value[6] == 0) {  // marked as not to be counted
      ++ignored;
      continue;
    }
    const auto width = static_cast<double>(trajectory.width);
    const auto height = static_cast<double>(trajectory.height);
    const Box box{(value[2] - 1) / width, (value[3] - 1) / height, (value[2] - 1 + value[4]) / width,
                  (value[3] - 1 + value[5]) / height};
    for (const double side : box) {
      if (!(std::abs(side) <= kFar)) {
        wrong(fmt::format("the box has no place in or near a picture of {}x{}; if the picture is larger, give its size",
                          trajectory.width, trajectory.height));
      }
    }
    if (!(box[0] < box[2] && box[1] < box[3])) wrong("the box is thinner than numbers can say");
    const auto at = static_cast<std::int64_t>(frame);
    if (!tracks[static_cast<std::int64_t>(value[1])].emplace(at, box).second) {
      wrong(fmt::format("object {} is in frame {} twice", value[1], value[0]));
    }
    if (static_cast<std::int64_t>(tracks.size()) > kLimits.objects) {
      wrong(
          fmt::format("the file has more than {} objects, the most that are read; keep the lines of those that matter",
                      kLimits.objects));
    }
    trajectory.frames = std::max(trajectory.frames, at + 1);
  }
  if (tracks.empty()) throw InputError(fmt::format("'{}' holds no boxes", name));
  if (ignored > 0)
    result.notes.push_back(fmt::format("{} boxes are marked as not to be counted and left out", ignored));
  for (const auto& [id, track] : tracks) {
    TrajectoryObject object;
    object.name = fmt::format("object {}", id);
    object.colour = object_colour(trajectory.objects.size());
    std::int64_t next = 0;
    for (const auto& [frame, box] : track) {
      if (frame > next) object.hidden.push_back({next, frame});
      object.keys.push_back({.frame = frame, .box = box});
      next = frame + 1;
    }
    if (next < trajectory.frames) object.hidden.push_back({next, trajectory.frames});
    trajectory.objects.push_back(std::move(object));
  }
  return result;
}

std::string mot_text(const Trajectory& trajectory) {
  std::string text;
  const auto width = static_cast<double>(trajectory.width);
  const auto height = static_cast<double>(trajectory.height);
  std::vector<ObjectTrack> tracks;
  for (const TrajectoryObject& object : trajectory.objects) tracks.emplace_back(trajectory, object);
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    for (std::size_t k = 0; k < tracks.size(); ++k) {
      const ObjectSample sample = tracks[k].at(static_cast<double>(t));
      if (!sample.seen || !sample.box) continue;
      const Box& box = *sample.box;
      text += fmt::format("{},{},{:.3f},{:.3f},{:.3f},{:.3f},1,-1,-1,-1\n", t + 1, k + 1, box[0] * width + 1,
                          box[1] * height + 1, (box[2] - box[0]) * width, (box[3] - box[1]) * height);
    }
  }
  return text;
}

}  // namespace flashmotion
