#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <fmt/format.h>

#include <cmath>

namespace flashmotion {

ForeignTrajectory parse_tora(std::string_view text, const std::string& name, const ForeignSettings& settings) {
  constexpr double kCanvas = 256;
  constexpr double kFar = 4;  // canvases away: such a place is a mistake
  ForeignTrajectory result;
  Trajectory& trajectory = result.trajectory;
  trajectory.width = settings.width > 0 ? settings.width : 720;
  trajectory.height = settings.height > 0 ? settings.height : 480;
  trajectory.fps = settings.fps > 0 ? settings.fps : 8;
  TrajectoryObject object;
  object.name = "point 1";
  object.colour = object_colour(0);
  for (const TextLine& line : number_lines(text)) {
    const auto wrong = [&](const std::string& what) { throw InputError(what, SourceLocation{name, line.number, 0}); };
    if (line.fields.size() != 2) wrong("a line needs two numbers, x and y");
    Place place{};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto number = finite_number(line.fields[i]);
      if (!number) wrong(fmt::format("'{}' is no number", line.fields[i]));
      place[i] = *number / kCanvas;
      if (std::abs(place[i]) > kFar) wrong(fmt::format("{} lies far outside the canvas of 256x256", *number));
    }
    if (trajectory.frames == TrajectoryLimits{}.frames)
      wrong(fmt::format("a path has at most {} points", TrajectoryLimits{}.frames));
    object.keys.push_back({.frame = trajectory.frames++, .points = {place}});
  }
  if (object.keys.empty()) throw InputError(fmt::format("'{}' holds no points", name));
  trajectory.objects.push_back(std::move(object));
  return result;
}

}  // namespace flashmotion
