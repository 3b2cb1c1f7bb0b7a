#pragma once

#include "flashmotion/trajectory/formats/formats.hpp"

// The writers one by one: what `write_foreign` chooses from. Each returns notes on what its format cannot hold.

namespace flashmotion {

using ForeignNotes = std::vector<std::string>;

/// A trajectory video, or a folder of PNG frames `annotated_frame_00000.png` when the path has no ending.
[[nodiscard]] FLASHMOTION_EXPORT ForeignNotes write_magicmotion(const std::filesystem::path& path,
                                                                const Trajectory& trajectory, MapStyle style);

/// The text of a MOT file.
[[nodiscard]] FLASHMOTION_EXPORT std::string mot_text(const Trajectory& trajectory);

/// The bytes of an ATI file: 121 steps. Objects without points give the middle of their box.
[[nodiscard]] FLASHMOTION_EXPORT std::string ati_bytes(const Trajectory& trajectory, ForeignNotes& notes);

/// Tracks float32 [1, T, N, 2] in pixels and visibility bool [1, T, N] for Wan-Move. Objects without points give the
/// middle of their box.
struct PointTracks {
  Tensor places;      // [1, T, N, 2]
  Tensor visibility;  // [1, T, N]
};
[[nodiscard]] FLASHMOTION_EXPORT PointTracks point_tracks(const Trajectory& trajectory, std::int64_t frames);

/// Boxes float64 [N, 16, 2] for SG-I2V: 14 frames, and boxes of one size.
[[nodiscard]] FLASHMOTION_EXPORT Tensor sg_i2v_boxes(const Trajectory& trajectory, ForeignNotes& notes);

}  // namespace flashmotion
