#pragma once

#include "flashmotion/trajectory/trajectory.hpp"

namespace flashmotion {

/// Half the side of the square that stands for a point where a box is needed, as a share of the shorter side.
inline constexpr double kPointReach = 0.04;

/// An object at one time, as the camera shows it.
struct ObjectSample {
  bool seen = false;
  std::optional<Box> box{};         // its own, or else that of its polygon, mask or points
  std::vector<Place> points{};      // as many as its keys have
  std::vector<Place> polygon{};     // of the key before where two keys have another number of corners
  const RleMask* mask = nullptr;    // of the key before or at; the trajectory owns it
  std::optional<Box> mask_frame{};  // where the mask's picture lies: [0, 0, 1, 1] unless the camera moves
};

/// Answers where one object is at any time. The trajectory outlives it.
class FLASHMOTION_EXPORT ObjectTrack {
 public:
  ObjectTrack(const Trajectory& trajectory, const TrajectoryObject& object);

  /// `time` counts frames of the trajectory and may lie between two. Whether the object is seen is decided by the
  /// nearest frame; of halves, the later one.
  [[nodiscard]] ObjectSample at(double time) const;
  [[nodiscard]] bool seen(double time) const;

 private:
  using Keys = std::vector<const TrajectoryKey*>;

  const Trajectory& trajectory_;
  const TrajectoryObject& object_;
  Keys boxes_, points_, polygons_, masks_;
};

/// Where frame `frame` of `frames` lies in a trajectory: first and last frames meet.
[[nodiscard]] FLASHMOTION_EXPORT double time_of(const Trajectory& trajectory, std::int64_t frame, std::int64_t frames);

/// The camera at a time.
[[nodiscard]] FLASHMOTION_EXPORT CameraKey camera_at(const Trajectory& trajectory, double time);

/// The smallest box round some places; none of none.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Box> box_round(const std::vector<Place>& places);

}  // namespace flashmotion
