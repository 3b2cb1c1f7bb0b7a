#pragma once

#include "flashmotion/trajectory/formats/formats.hpp"

#include <functional>
#include <string_view>

// The readers one by one: what `read_foreign` chooses from. Those that take a text or bytes know no files; `name`
// stands for the file in messages. All throw InputError with the place of a mistake.

namespace flashmotion {

/// A trajectory video of MagicMotion, or a folder of such frames.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory read_magicmotion(const std::filesystem::path& path,
                                                                    const ForeignSettings& settings);

/// Frames of a trajectory video: `frame(i)` gives uint8 [H, W, 3], all of one size; `exact` says that colours are as
/// they were drawn. `path` is where they lie. Throws InputError when frame 0 is black.
struct MapFrames {
  std::int64_t count = 0;
  double fps = 8;
  bool exact = false;
  std::filesystem::path path{};
  std::function<Tensor(std::int64_t)> frame{};
};
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory trajectory_of_maps(const MapFrames& maps);

/// A folder of label masks, a PNG for each frame.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory read_mask_folder(const std::filesystem::path& path,
                                                                    const ForeignSettings& settings);

/// One clip of a MagicData collection: its folder, its CSV file, or one of the folders `masks/ID` and `boxs/ID`.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory read_magicdata(const std::filesystem::path& path,
                                                                  const ForeignSettings& settings);

/// A row of MagicData's CSV file.
struct MagicDataRow {
  std::string id;    // file name of the clip without its ending
  std::string path;  // as the file has it
  std::string text;
  std::int64_t frames = 0;  // 0: not said
};
[[nodiscard]] FLASHMOTION_EXPORT std::vector<MagicDataRow> parse_magicdata_csv(std::string_view text,
                                                                               const std::string& name);

/// Boxes of the MOT challenge: `frame, id, left, top, width, height, …`, counted from 1. Width and height must be
/// given.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory parse_mot(std::string_view text, const std::string& name,
                                                             const ForeignSettings& settings);

/// Point tracks of ATI. Width and height must be given.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory parse_ati(std::string bytes, const std::string& name,
                                                             const ForeignSettings& settings);

/// Point tracks of Wan-Move: places [1, T, N, 2] or [T, N, 2], float64 pixels, and visibility [1, T, N] or [T, N],
/// undefined: all are seen. Width and height must be given.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory trajectory_of_tracks(const Tensor& tracks, const Tensor& visibility,
                                                                        const std::string& name,
                                                                        const ForeignSettings& settings);

/// A path of Tora: `x, y` a line, on a canvas of 256x256.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory parse_tora(std::string_view text, const std::string& name,
                                                              const ForeignSettings& settings);

/// Boxes of SG-I2V: float64 [N, 2 + frames, 2]. Width and height must be given.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory trajectory_of_sg_i2v(const Tensor& boxes, const std::string& name,
                                                                        const ForeignSettings& settings);

/// Masklets of SA-V, a JSON text.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory parse_sav(std::string text, const std::string& name,
                                                             const ForeignSettings& settings);

}  // namespace flashmotion
