#include "flashmotion/trajectory/retime.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/sampling.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace retime_detail {

// Whole frames of `frames` at which a key lies after the change; false when one lies between two.
template <class Key>
bool move_keys(std::vector<Key>& keys, std::int64_t from, std::int64_t to) {
  if (keys.size() == 1 && keys[0].frame == 0) return true;
  if (from == 1 || to == 1) return false;
  for (const Key& key : keys) {
    if (key.frame * (to - 1) % (from - 1) != 0) return false;
  }
  for (Key& key : keys) key.frame = key.frame * (to - 1) / (from - 1);
  return true;
}

void hide(std::vector<FrameRange>& hidden, std::int64_t frame) {
  if (!hidden.empty() && hidden.back().end == frame) {
    ++hidden.back().end;
  } else {
    hidden.push_back({frame, frame + 1});
  }
}

constexpr double kFar = 4;          // where the file's places end
constexpr double kThinnest = 1e-6;  // of a box

// A Bezier curve may swing so far that a box turns inside out; what is written stays a box.
void mend(Box& box) {
  for (std::size_t i = 0; i < 2; ++i) {
    box[i] = std::clamp(box[i], -kFar, kFar - kThinnest);
    box[i + 2] = std::clamp(box[i + 2], box[i] + kThinnest, kFar);
  }
}

void mend(std::vector<Place>& places) {
  for (Place& place : places) {
    for (double& value : place) value = std::clamp(value, -kFar, kFar);
  }
}

// The camera moves what it shows, so the scene is asked without it.
TrajectoryObject spread(const Trajectory& scene, const TrajectoryObject& object, std::int64_t frames) {
  TrajectoryObject result = object;
  result.hidden.clear();
  const ObjectTrack track(scene, object);
  const bool kept = object.keys.empty() || object.fixed || move_keys(result.keys, scene.frames, frames);
  if (!kept) result.keys.clear();
  for (std::int64_t t = 0; t < frames; ++t) {
    const double time = time_of(scene, t, frames);
    if (!track.seen(time)) {
      hide(result.hidden, t);
    } else if (!kept) {
      const ObjectSample sample = track.at(time);
      TrajectoryKey key{.frame = t, .points = sample.points, .polygon = sample.polygon};
      const bool boxed = std::any_of(object.keys.begin(), object.keys.end(),
                                     [](const TrajectoryKey& own) { return own.box.has_value(); });
      if (boxed) mend(key.box.emplace(*sample.box));
      mend(key.points);
      mend(key.polygon);
      if (sample.mask != nullptr) key.mask = *sample.mask;
      result.keys.push_back(std::move(key));
    }
  }
  // Nothing of it may be left when few frames remain; it keeps a place, unseen.
  if (result.keys.empty() && !object.keys.empty()) {
    result.keys.push_back(object.keys.front());
    result.keys.front().frame = 0;
  }
  if (object.fixed) result.keys.front().frame = std::min(object.keys.front().frame, frames - 1);
  return result;
}

std::vector<CameraKey> spread_camera(const Trajectory& trajectory, std::int64_t frames) {
  std::vector<CameraKey> keys = trajectory.camera;
  if (keys.empty() || move_keys(keys, trajectory.frames, frames)) return keys;
  keys.clear();
  for (std::int64_t t = 0; t < frames; ++t) {
    keys.push_back(camera_at(trajectory, time_of(trajectory, t, frames)));
    keys.back().frame = t;
    keys.back().zoom = std::clamp(keys.back().zoom, 0.01, 100.0);
    for (double& way : keys.back().pan) way = std::clamp(way, -kFar, kFar);
  }
  return keys;
}

}  // namespace retime_detail

Trajectory retimed(const Trajectory& trajectory, std::int64_t frames) {
  constexpr std::int64_t kMost = TrajectoryLimits{}.frames;
  if (frames < 1 || frames > kMost) {
    throw InputError(fmt::format("a trajectory cannot have {} frames; 1 to {} are possible", frames, kMost));
  }
  if (frames == trajectory.frames) return trajectory;
  Trajectory result = trajectory;
  result.frames = frames;
  result.camera = retime_detail::spread_camera(trajectory, frames);
  Trajectory scene = trajectory;
  scene.camera.clear();
  for (std::size_t i = 0; i < scene.objects.size(); ++i) {
    result.objects[i] = retime_detail::spread(scene, scene.objects[i], frames);
  }
  return result;
}

}  // namespace flashmotion
