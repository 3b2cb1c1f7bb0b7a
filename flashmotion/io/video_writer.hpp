#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace flashmotion {

/// How a video is written.
struct VideoWriteOptions {
  std::int64_t scale = 1;  // each pixel becomes scale x scale pixels: tiny clips stay sharp in a player
  int quality = 16;        // H.264 rate factor, 0 (best) to 51
};

/// Writes an MP4 that browsers play: H.264 (4:2:0, BT.709) with the index in front, or MPEG-4 Part 2
/// where FFmpeg has no H.264 encoder. Odd sizes are padded to even ones by repeating the last row or
/// column. The file appears under its name at `finish`; without it nothing is left behind. Equal
/// frames give equal bytes with one build of the encoder.
class FLASHMOTION_EXPORT VideoWriter {
 public:
  /// Pixels of the frames that will be added, before scaling. Throws InputError when the file
  /// cannot be made or the sizes or the rate are out of range.
  VideoWriter(const std::filesystem::path& path, std::int64_t width, std::int64_t height, double fps,
              const VideoWriteOptions& options = {});
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// Appends frames: uint8 [H, W, 3] or [T, H, W, 3], or float [3, H, W] or [3, T, H, W] in [-1, 1].
  void add(const Tensor& frames);
  /// Writes the index, syncs and gives the file its name.
  void finish();
  /// Name of the encoder in use: `libx264` or `mpeg4`.
  [[nodiscard]] const std::string& codec() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes a whole clip: uint8 [T, H, W, 3] or float [3, T, H, W] in [-1, 1]. Returns the encoder's name.
FLASHMOTION_EXPORT std::string write_video(const std::filesystem::path& path, const Tensor& clip, double fps,
                                           const VideoWriteOptions& options = {});

}  // namespace flashmotion
