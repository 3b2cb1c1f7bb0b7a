#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/colour.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Where an object is in one frame.
struct BoxKey {
  std::int64_t frame = 0;       // from 0
  std::array<double, 4> box{};  // x0, y0, x1, y1, normalised, half open; may reach outside [0, 1]
  bool operator==(const BoxKey&) const = default;
};

/// One object of a trajectory.
struct TrajectoryObject {
  std::string name;
  Colour colour;             // in control maps
  std::string prompt;        // may be empty
  std::vector<BoxKey> keys;  // frames rise strictly; at least one
  bool operator==(const TrajectoryObject&) const = default;
};

/// Boxes with key-frames as a user writes them by hand: version 1 of `*.traj.json`. Between two keys a box moves
/// linearly; before the first and after the last it rests.
struct Trajectory {
  std::int64_t frames = 0;
  std::int64_t width = 0;  // pixels of the video that was meant; boxes do not depend on it
  std::int64_t height = 0;
  double fps = 8;
  std::vector<TrajectoryObject> objects;
  bool operator==(const Trajectory&) const = default;
};

/// What the reader accepts at most.
struct TrajectoryLimits {
  std::int64_t objects = 16;
  std::int64_t frames = 10'000;
};

/// Reads a trajectory strictly: unknown keys (with the nearest known one), wrong types and ranges, keys
/// that do not rise. Throws one InputError with all mistakes, each as `file:line:column` and its place in
/// the file (`objects[1].keys[0].box`). `fps` (8), `colour` (red, green, blue, yellow, magenta, cyan
/// in turn) and `prompt` (the name) may be left out.
[[nodiscard]] FLASHMOTION_EXPORT Trajectory read_trajectory(const std::filesystem::path& path,
                                                            const TrajectoryLimits& limits = {});

/// The same from a text; `name` stands for the file in messages.
[[nodiscard]] FLASHMOTION_EXPORT Trajectory parse_trajectory(std::string_view text, const std::string& name,
                                                             const TrajectoryLimits& limits = {});

/// The text of a trajectory file: what `parse_trajectory` reads back equal.
[[nodiscard]] FLASHMOTION_EXPORT std::string trajectory_text(const Trajectory& trajectory);

/// Writes the file, whole or not at all.
FLASHMOTION_EXPORT void write_trajectory(const std::filesystem::path& path, const Trajectory& trajectory);

/// Boxes in each of `frames` frames, float32 [K, frames, 4]. Another count than the trajectory's own
/// retimes it: first and last frame stay, times between are spread evenly. Throws InputError when
/// `frames` is not positive.
[[nodiscard]] FLASHMOTION_EXPORT Tensor boxes(const Trajectory& trajectory, std::int64_t frames);

/// Colours of the objects, float32 [K, 3] in [0, 1].
[[nodiscard]] FLASHMOTION_EXPORT Tensor colours(const Trajectory& trajectory);

/// The objects' prompts joined: "red disc, blue square".
[[nodiscard]] FLASHMOTION_EXPORT std::string prompt(const Trajectory& trajectory);

}  // namespace flashmotion
