#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/colour.hpp"
#include "flashmotion/trajectory/easing.hpp"
#include "flashmotion/trajectory/rle.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

using Box = std::array<double, 4>;    // x0, y0, x1, y1, normalised, half open; may reach outside [0, 1]
using Place = std::array<double, 2>;  // x, y, normalised

/// Where an object is in one frame: any of the shapes.
struct TrajectoryKey {
  std::int64_t frame = 0;  // from 0
  std::optional<Box> box{};
  std::vector<Place> points{};   // tracked places on the object
  std::vector<Place> polygon{};  // its outline; three corners or more
  RleMask mask{};                // left out unless `given`
  Easing easing{};               // of each shape, to the next key that has it
  bool operator==(const TrajectoryKey&) const = default;
};

/// Frames from `begin` up to, not including, `end`.
struct FrameRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool operator==(const FrameRange&) const = default;
};

/// Masks that lie in a folder of pictures or a video: those of one object.
struct MaskSource {
  std::string path;                // relative to the trajectory's folder, or absolute
  std::int64_t label = 0;          // grey value or palette index, from 1; 0: known by its colour
  std::optional<Colour> colour{};  // in RGB pictures and videos
  bool operator==(const MaskSource&) const = default;
};

/// One object of a trajectory.
struct TrajectoryObject {
  std::string name{};
  Colour colour{};                    // in control maps
  std::string prompt{};               // may be empty
  std::vector<TrajectoryKey> keys{};  // frames rise strictly; at least one, or `masks`
  std::vector<FrameRange> hidden{};   // frames in which it is not seen; rising, apart
  std::optional<MaskSource> masks{};  // in every frame
  bool fixed = false;                 // an anchor: it has one key, and only the camera moves it
  bool operator==(const TrajectoryObject&) const = default;
};

/// What the camera does to all objects. A place p of the scene is seen at 0.5 + (p - 0.5 - pan) * zoom.
struct CameraKey {
  std::int64_t frame = 0;
  Place pan{};  // shares of width and height; to the right and down is positive
  double zoom = 1;
  Easing easing{};
  bool operator==(const CameraKey&) const = default;
};

/// Where objects are in each frame of a clip, in keys: what a `*.traj.json` file holds. Between two keys a shape moves
/// by the first one's easing; before the first and after the last it rests.
struct Trajectory {
  std::int64_t frames = 0;
  std::int64_t width = 0;  // pixels of the video that was meant; shapes do not depend on it
  std::int64_t height = 0;
  double fps = 8;
  std::string prompt{};             // of the clip; empty: the objects' prompts
  std::vector<CameraKey> camera{};  // frames rise strictly; empty: it rests
  std::vector<TrajectoryObject> objects{};
  bool operator==(const Trajectory&) const = default;
};

/// What the reader accepts at most.
struct TrajectoryLimits {
  std::int64_t objects = 1000;
  std::int64_t frames = 10'000;
  std::int64_t keys = 1'000'000;  // of all objects
};

/// Versions of the file that are read. Files of the first have boxes alone.
inline constexpr std::int64_t kTrajectoryVersion = 2;

/// Reads a trajectory strictly: unknown keys (with the nearest known one), wrong types and ranges, keys
/// that do not rise. Throws one InputError with all mistakes, each as `file:line:column` and its place in
/// the file (`objects[1].keys[0].box`).
[[nodiscard]] FLASHMOTION_EXPORT Trajectory read_trajectory(const std::filesystem::path& path,
                                                            const TrajectoryLimits& limits = {});

/// The same from a text; `name` stands for the file in messages.
[[nodiscard]] FLASHMOTION_EXPORT Trajectory parse_trajectory(std::string_view text, const std::string& name,
                                                             const TrajectoryLimits& limits = {});

/// The text of a trajectory file, of the first version that can say it: what `parse_trajectory` reads back equal.
[[nodiscard]] FLASHMOTION_EXPORT std::string trajectory_text(const Trajectory& trajectory);

/// Writes the file, whole or not at all.
FLASHMOTION_EXPORT void write_trajectory(const std::filesystem::path& path, const Trajectory& trajectory);

/// Boxes in each of `frames` frames as the camera shows them, float32 [K, frames, 4], by `ObjectTrack`; zeros where an
/// object is not seen. Another count than the trajectory's own retimes it: first and last frame stay, times between are
/// spread evenly. Throws InputError when `frames` is not positive or an object has masks in files only.
[[nodiscard]] FLASHMOTION_EXPORT Tensor boxes(const Trajectory& trajectory, std::int64_t frames);

/// Colours of the objects, float32 [K, 3] in [0, 1].
[[nodiscard]] FLASHMOTION_EXPORT Tensor colours(const Trajectory& trajectory);

/// The colour of the object of this number, from 0, where a file gives none: red, green, blue, yellow, magenta and cyan
/// in turn.
[[nodiscard]] FLASHMOTION_EXPORT Colour object_colour(std::size_t index);

/// The clip's prompt, or the objects' prompts joined: "red disc, blue square".
[[nodiscard]] FLASHMOTION_EXPORT std::string prompt(const Trajectory& trajectory);

}  // namespace flashmotion
