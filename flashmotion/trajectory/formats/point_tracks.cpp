#include "flashmotion/trajectory/formats/writers.hpp"
#include "flashmotion/trajectory/sampling.hpp"

#include <ATen/ops/zeros.h>

#include <algorithm>

namespace flashmotion {
namespace point_tracks_detail {

std::int64_t points_of(const TrajectoryObject& object) {
  std::size_t most = 0;
  for (const TrajectoryKey& key : object.keys) most = std::max(most, key.points.size());
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(most));
}

}  // namespace point_tracks_detail

PointTracks point_tracks(const Trajectory& trajectory, std::int64_t frames) {
  std::int64_t count = 0;
  for (const TrajectoryObject& object : trajectory.objects) count += point_tracks_detail::points_of(object);
  PointTracks tracks{at::zeros({1, frames, count, 2}, at::kFloat), at::zeros({1, frames, count}, at::kBool)};
  auto* places = tracks.places.data_ptr<float>();
  auto* seen = tracks.visibility.data_ptr<bool>();
  std::int64_t first = 0;
  for (const TrajectoryObject& object : trajectory.objects) {
    const ObjectTrack track(trajectory, object);
    const std::int64_t own = point_tracks_detail::points_of(object);
    for (std::int64_t t = 0; t < frames; ++t) {
      ObjectSample sample = track.at(time_of(trajectory, t, frames));
      if (!sample.seen) continue;
      if (sample.points.empty() && sample.box) {
        const Box& box = *sample.box;
        sample.points.push_back({(box[0] + box[2]) / 2, (box[1] + box[3]) / 2});
      }
      for (std::int64_t i = 0; i < std::min(own, static_cast<std::int64_t>(sample.points.size())); ++i) {
        const Place& place = sample.points[static_cast<std::size_t>(i)];
        const std::int64_t at = t * count + first + i;
        places[2 * at] = static_cast<float>(place[0] * static_cast<double>(trajectory.width));
        places[2 * at + 1] = static_cast<float>(place[1] * static_cast<double>(trajectory.height));
        seen[at] = true;
      }
    }
    first += own;
  }
  return tracks;
}

}  // namespace flashmotion
