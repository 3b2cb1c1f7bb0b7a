#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace flashmotion {
namespace wan_move_detail {

constexpr double kFar = 4;  // pictures away: such a place is a mistake

// [T, N, ...] of a tensor that may have a batch of one in front.
Tensor without_batch(const Tensor& tensor, std::int64_t axes, const std::string& name, const char* shape) {
  const Tensor inner = tensor.dim() == axes + 1 && tensor.size(0) == 1 ? tensor.select(0, 0) : tensor;
  if (inner.dim() != axes || inner.numel() == 0) {
    throw InputError(fmt::format("'{}' has the shape [{}], expected {}", name, fmt::join(tensor.sizes(), ", "), shape));
  }
  return inner;
}

}  // namespace wan_move_detail

ForeignTrajectory trajectory_of_tracks(const Tensor& tracks, const Tensor& visibility, const std::string& name,
                                       const ForeignSettings& settings) {
  using namespace wan_move_detail;
  constexpr TrajectoryLimits kLimits;
  const Tensor places = without_batch(tracks, 3, name, "[1, T, N, 2]").contiguous();
  const std::int64_t frames = places.size(0);
  const std::int64_t count = places.size(1);
  if (places.size(2) != 2) {
    throw InputError(fmt::format("'{}' has {} numbers a point, expected x and y", name, places.size(2)));
  }
  if (frames > kLimits.frames || count > kLimits.objects) {
    throw InputError(fmt::format("'{}' has {} points in {} frames; at most {} points and {} frames are read", name,
                                 count, frames, kLimits.objects, kLimits.frames));
  }
  Tensor seen;
  if (visibility.defined()) {
    seen = without_batch(visibility, 2, name, "visibility [1, T, N]").contiguous();
    if (seen.size(0) != frames || seen.size(1) != count) {
      throw InputError(fmt::format("'{}' has {} points in {} frames, but its visibility {} in {}", name, count, frames,
                                   seen.size(1), seen.size(0)));
    }
  }
  const double* place = places.const_data_ptr<double>();
  const double* visible = seen.defined() ? seen.const_data_ptr<double>() : nullptr;
  ForeignTrajectory result;
  Trajectory& trajectory = result.trajectory;
  trajectory.frames = frames;
  trajectory.width = settings.width;
  trajectory.height = settings.height;
  trajectory.fps = settings.fps > 0 ? settings.fps : 16;
  std::int64_t never = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    TrajectoryObject object;
    object.name = fmt::format("point {}", n + 1);
    object.colour = object_colour(static_cast<std::size_t>(n));
    for (std::int64_t t = 0; t < frames; ++t) {
      const std::int64_t at = t * count + n;
      if (visible != nullptr && visible[at] == 0) {
        if (object.hidden.empty() || object.hidden.back().end != t) object.hidden.push_back({t, t});
        ++object.hidden.back().end;
        continue;
      }
      const double x = place[2 * at] / static_cast<double>(settings.width);
      const double y = place[2 * at + 1] / static_cast<double>(settings.height);
      if (!(std::abs(x) <= kFar && std::abs(y) <= kFar)) {
        throw InputError(
            fmt::format("'{}': point {} in frame {} lies at ({}, {}), no place in or near a picture of "
                        "{}x{}; if the picture is larger, give its size",
                        name, n + 1, t, place[2 * at], place[2 * at + 1], settings.width, settings.height));
      }
      object.keys.push_back({.frame = t, .points = {{x, y}}});
    }
    if (object.keys.empty()) {
      ++never;
      continue;
    }
    trajectory.objects.push_back(std::move(object));
  }
  if (trajectory.objects.empty()) throw InputError(fmt::format("'{}' shows no point in any frame", name));
  if (never > 0) result.notes.push_back(fmt::format("{} points are never seen and left out", never));
  return result;
}

}  // namespace flashmotion
