#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"
#include "flashmotion/trajectory/sampling.hpp"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace sg_i2v_detail {

constexpr std::int64_t kFrames = 14;
constexpr double kFar = 4;      // pictures away: such a place is a mistake
constexpr double kSame = 0.01;  // sides that differ by less, as shares of the picture, are of one size

}  // namespace sg_i2v_detail

ForeignTrajectory trajectory_of_sg_i2v(const Tensor& boxes, const std::string& name, const ForeignSettings& settings) {
  using namespace sg_i2v_detail;
  constexpr TrajectoryLimits kLimits;
  if (boxes.dim() != 3 || boxes.size(1) < 3 || boxes.size(2) != 2 || boxes.size(0) < 1) {
    throw InputError(fmt::format("'{}' has the shape [{}], expected [N, 16, 2]: two corners and 14 centres a box", name,
                                 fmt::join(boxes.sizes(), ", ")));
  }
  if (boxes.size(0) > kLimits.objects || boxes.size(1) - 2 > kLimits.frames) {
    throw InputError(fmt::format("'{}' has {} boxes in {} frames; at most {} boxes and {} frames are read", name,
                                 boxes.size(0), boxes.size(1) - 2, kLimits.objects, kLimits.frames));
  }
  const Tensor flat = boxes.contiguous();
  const double* value = flat.const_data_ptr<double>();
  ForeignTrajectory result;
  Trajectory& trajectory = result.trajectory;
  trajectory.frames = boxes.size(1) - 2;
  trajectory.width = settings.width;
  trajectory.height = settings.height;
  trajectory.fps = settings.fps > 0 ? settings.fps : 7;
  const std::array<double, 2> size{static_cast<double>(settings.width), static_cast<double>(settings.height)};
  for (std::int64_t n = 0; n < boxes.size(0); ++n, value += 2 * boxes.size(1)) {
    TrajectoryObject object;
    object.name = fmt::format("object {}", n + 1);
    object.colour = object_colour(static_cast<std::size_t>(n));
    for (std::int64_t t = 0; t < trajectory.frames; ++t) {
      Box box{};
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t axis = i % 2;
        box[i] = (value[i] + value[4 + 2 * t + static_cast<std::int64_t>(axis)] - value[4 + axis]) / size[axis];
        if (!(std::abs(box[i]) <= kFar)) {
          throw InputError(
              fmt::format("'{}': box {} in frame {} has no place in or near a picture of {}x{}; if the "
                          "picture is larger, give its size",
                          name, n + 1, t, settings.width, settings.height));
        }
      }
      if (!(box[0] < box[2] && box[1] < box[3])) {
        throw InputError(
            fmt::format("'{}': box {} is empty: its first corner must lie to the left of and above its "
                        "second",
                        name, n + 1));
      }
      object.keys.push_back({.frame = t, .box = box});
    }
    // One that never moves pins something in place.
    const bool rests = std::all_of(object.keys.begin(), object.keys.end(),
                                   [&](const TrajectoryKey& key) { return key.box == object.keys.front().box; });
    if (rests) {
      object.keys.resize(1);
      object.fixed = true;
    }
    trajectory.objects.push_back(std::move(object));
  }
  return result;
}

Tensor sg_i2v_boxes(const Trajectory& trajectory, ForeignNotes& notes) {
  using namespace sg_i2v_detail;
  const auto count = static_cast<std::int64_t>(trajectory.objects.size());
  Tensor result = at::zeros({count, kFrames + 2, 2}, at::kDouble);
  double* out = result.data_ptr<double>();
  const std::array<double, 2> size{static_cast<double>(trajectory.width), static_cast<double>(trajectory.height)};
  if (trajectory.frames != kFrames) {
    notes.push_back(fmt::format("retimed from {} frames to the {} of the format", trajectory.frames, kFrames));
  }
  for (const TrajectoryObject& object : trajectory.objects) {
    const ObjectTrack track(trajectory, object);
    std::optional<Box> before;
    bool hidden = false;
    bool resized = false;
    for (std::int64_t t = 0; t < kFrames; ++t) {
      const ObjectSample sample = track.at(time_of(trajectory, t, kFrames));
      hidden = hidden || !sample.seen || !sample.box;
      if (sample.seen && sample.box) {
        if (!before) {
          for (std::size_t i = 0; i < 4; ++i) out[i] = (*sample.box)[i] * size[i % 2];
        }
        const Box& first = before ? *before : *sample.box;
        for (std::size_t axis = 0; axis < 2; ++axis) {
          const double own = (*sample.box)[axis + 2] - (*sample.box)[axis];
          resized = resized || std::abs(own - (first[axis + 2] - first[axis])) > kSame;
        }
        before = sample.box;
      }
      if (!before) continue;
      for (std::size_t axis = 0; axis < 2; ++axis) {
        out[4 + 2 * t + static_cast<std::int64_t>(axis)] = ((*before)[axis] + (*before)[axis + 2]) / 2 * size[axis];
      }
    }
    if (!before) {
      throw InputError(fmt::format("object '{}' is seen in none of the 14 frames, and the format has no way to say so",
                                   object.name));
    }
    if (hidden) notes.push_back(fmt::format("object '{}' is hidden at times; it rests there instead", object.name));
    if (resized)
      notes.push_back(fmt::format("object '{}' changes its size; it keeps that of its first frame", object.name));
    out += 2 * (kFrames + 2);
  }
  return result;
}

}  // namespace flashmotion
