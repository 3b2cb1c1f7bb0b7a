#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/pipeline/clip_size.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace flashmotion {

/// Where a clip goes, frame by frame: `*.mp4`, or a folder of PNG files where the name has no ending. It appears whole
/// at `finish`; without that nothing is left.
class FLASHMOTION_EXPORT ClipOutput {
 public:
  /// Throws InputError for another ending, a folder that is not empty, or a file that cannot be made.
  ClipOutput(const std::filesystem::path& path, const PixelSize& size, double fps);
  ~ClipOutput();
  ClipOutput(const ClipOutput&) = delete;
  ClipOutput& operator=(const ClipOutput&) = delete;

  /// The next frames, float [3, T, H, W] in [-1, 1].
  void add(const Tensor& frames);
  void finish();
  /// What is written: `libx264`, `mpeg4` (where FFmpeg has no H.264 encoder), or `png`.
  [[nodiscard]] const std::string& codec() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Warns where a clip was written as something that few programs play.
FLASHMOTION_EXPORT void warn_of_codec(const std::string& codec, const std::filesystem::path& path, const Logger& log);

/// Throws, before anything is computed, what the constructor of ClipOutput would.
FLASHMOTION_EXPORT void check_output(const std::filesystem::path& path);

}  // namespace flashmotion
