#include "flashmotion/trajectory/sampling.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace sampling_detail {

// The keys on both sides of a time and the share of the way from the first to the second.
template <class Key>
struct Between {
  const Key* before = nullptr;
  const Key* after = nullptr;
  double share = 0;
};

template <class Key>
const Key& key_of(const Key& key) {
  return key;
}
inline const TrajectoryKey& key_of(const TrajectoryKey* key) { return *key; }

template <class Key, class Keys>
Between<Key> between(const Keys& keys, double time) {
  const auto after = std::lower_bound(keys.begin(), keys.end(), time, [](const auto& key, double when) {
    return static_cast<double>(key_of(key).frame) < when;
  });
  if (after == keys.end()) return {&key_of(keys.back()), &key_of(keys.back()), 0};
  const Key& next = key_of(*after);
  if (after == keys.begin() || static_cast<double>(next.frame) == time) return {&next, &next, 0};
  const Key& before = key_of(*std::prev(after));
  const double share = (time - static_cast<double>(before.frame)) / static_cast<double>(next.frame - before.frame);
  return {&before, &next, eased(before.easing, share)};
}

template <std::size_t N>
std::array<double, N> mixed(const std::array<double, N>& from, const std::array<double, N>& to, double share) {
  std::array<double, N> result{};
  for (std::size_t i = 0; i < N; ++i) result[i] = from[i] + (to[i] - from[i]) * share;
  return result;
}

std::vector<Place> mixed(const std::vector<Place>& from, const std::vector<Place>& to, double share) {
  if (from.size() != to.size()) return from;
  std::vector<Place> result;
  for (std::size_t i = 0; i < from.size(); ++i) result.push_back(mixed(from[i], to[i], share));
  return result;
}

Place shown(const Place& place, const CameraKey& camera) {
  Place result{};
  for (std::size_t i = 0; i < 2; ++i) result[i] = 0.5 + (place[i] - 0.5 - camera.pan[i]) * camera.zoom;
  return result;
}

void show(std::vector<Place>& places, const CameraKey& camera) {
  for (Place& place : places) place = shown(place, camera);
}

void show(std::optional<Box>& box, const CameraKey& camera) {
  if (!box) return;
  const Place low = shown({(*box)[0], (*box)[1]}, camera);
  const Place high = shown({(*box)[2], (*box)[3]}, camera);
  box = Box{low[0], low[1], high[0], high[1]};
}

std::optional<Box> mask_box(const RleMask& mask, const Box& frame) {
  const auto tight = rle_box(mask);
  if (!tight) return std::nullopt;
  Box box{};
  for (std::size_t i = 0; i < 4; ++i) {
    const double side = static_cast<double>(i % 2 == 0 ? mask.width : mask.height);
    box[i] = frame[i % 2] + (frame[i % 2 + 2] - frame[i % 2]) * static_cast<double>((*tight)[i]) / side;
  }
  return box;
}

// A square round a single point, and that much around several.
std::optional<Box> points_box(const Trajectory& trajectory, const std::vector<Place>& points) {
  std::optional<Box> box = box_round(points);
  if (!box) return box;
  const auto width = static_cast<double>(std::max<std::int64_t>(trajectory.width, 1));
  const auto height = static_cast<double>(std::max<std::int64_t>(trajectory.height, 1));
  const double reach = kPointReach * std::min(width, height);
  const Box grown{(*box)[0] - reach / width, (*box)[1] - reach / height, (*box)[2] + reach / width,
                  (*box)[3] + reach / height};
  return grown;
}

}  // namespace sampling_detail

std::optional<Box> box_round(const std::vector<Place>& places) {
  if (places.empty()) return std::nullopt;
  Box box{places[0][0], places[0][1], places[0][0], places[0][1]};
  for (const Place& place : places) {
    for (std::size_t i = 0; i < 2; ++i) {
      box[i] = std::min(box[i], place[i]);
      box[i + 2] = std::max(box[i + 2], place[i]);
    }
  }
  return box;
}

double time_of(const Trajectory& trajectory, std::int64_t frame, std::int64_t frames) {
  // In whole numbers before the division, so that equal counts meet the keys exactly.
  return frames == 1 ? 0.0 : static_cast<double>(frame * (trajectory.frames - 1)) / static_cast<double>(frames - 1);
}

CameraKey camera_at(const Trajectory& trajectory, double time) {
  CameraKey camera;
  if (trajectory.camera.empty()) return camera;
  const auto [before, after, share] = sampling_detail::between<CameraKey>(trajectory.camera, time);
  camera.frame = before->frame;
  camera.pan = sampling_detail::mixed(before->pan, after->pan, share);
  camera.zoom = before->zoom + (after->zoom - before->zoom) * share;
  return camera;
}

ObjectTrack::ObjectTrack(const Trajectory& trajectory, const TrajectoryObject& object)
    : trajectory_(trajectory), object_(object) {
  for (const TrajectoryKey& key : object.keys) {
    if (key.box) boxes_.push_back(&key);
    if (!key.points.empty()) points_.push_back(&key);
    if (!key.polygon.empty()) polygons_.push_back(&key);
    if (key.mask.given()) masks_.push_back(&key);
  }
}

bool ObjectTrack::seen(double time) const {
  const double frame = std::floor(time + 0.5);
  const auto range =
      std::upper_bound(object_.hidden.begin(), object_.hidden.end(), frame,
                       [](double when, const FrameRange& hidden) { return when < static_cast<double>(hidden.begin); });
  return range == object_.hidden.begin() || frame >= static_cast<double>(std::prev(range)->end);
}

ObjectSample ObjectTrack::at(double time) const {
  using sampling_detail::between;
  ObjectSample sample;
  sample.seen = seen(time);
  if (!sample.seen) return sample;
  if (!boxes_.empty()) {
    const auto [before, after, share] = between<TrajectoryKey>(boxes_, time);
    sample.box = sampling_detail::mixed(*before->box, *after->box, share);
  }
  if (!points_.empty()) {
    const auto [before, after, share] = between<TrajectoryKey>(points_, time);
    sample.points = sampling_detail::mixed(before->points, after->points, share);
  }
  if (!polygons_.empty()) {
    const auto [before, after, share] = between<TrajectoryKey>(polygons_, time);
    sample.polygon = sampling_detail::mixed(before->polygon, after->polygon, share);
  }
  if (!masks_.empty()) {
    sample.mask = &between<TrajectoryKey>(masks_, time).before->mask;
    sample.mask_frame = Box{0, 0, 1, 1};
  }
  if (!trajectory_.camera.empty()) {
    const CameraKey camera = camera_at(trajectory_, time);
    sampling_detail::show(sample.box, camera);
    sampling_detail::show(sample.points, camera);
    sampling_detail::show(sample.polygon, camera);
    sampling_detail::show(sample.mask_frame, camera);
  }
  if (!sample.box) sample.box = box_round(sample.polygon);
  if (!sample.box && sample.mask != nullptr) sample.box = sampling_detail::mask_box(*sample.mask, *sample.mask_frame);
  if (!sample.box) sample.box = sampling_detail::points_box(trajectory_, sample.points);
  return sample;
}

Tensor boxes(const Trajectory& trajectory, std::int64_t frames) {
  if (frames < 1) throw InputError(fmt::format("a trajectory cannot be spread over {} frames", frames));
  const auto count = static_cast<std::int64_t>(trajectory.objects.size());
  Tensor result = at::zeros({count, frames, 4}, at::kFloat);
  float* out = result.data_ptr<float>();
  for (const TrajectoryObject& object : trajectory.objects) {
    if (object.keys.empty()) {
      throw InputError(object.masks ? fmt::format("object '{}' of the trajectory has no boxes, only masks in '{}'; "
                                                  "convert those into a trajectory first",
                                                  object.name, object.masks->path)
                                    : fmt::format("object '{}' of the trajectory has no keys", object.name));
    }
    const ObjectTrack track(trajectory, object);
    for (std::int64_t t = 0; t < frames; ++t, out += 4) {
      const ObjectSample sample = track.at(time_of(trajectory, t, frames));
      if (!sample.seen || !sample.box) continue;
      for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<float>((*sample.box)[i]);
    }
  }
  return result;
}

}  // namespace flashmotion
