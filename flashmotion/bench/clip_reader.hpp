#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/data/clip_files.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// Size to which clips are brought: the middle of the picture in the wanted shape, resized.
struct ClipExtent {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// Pictures and labels of one clip of a clip folder, frame by frame. Of a video all frames that are wanted are held in
/// memory, of a folder none.
class FLASHMOTION_EXPORT ClipReader {
 public:
  /// At most `most` frames are read; `colours` are those of RGB masks that are known already. Throws InputError when
  /// the clip has a problem, is damaged or has another number of masks than of frames.
  ClipReader(const ClipFiles& files, ClipExtent extent, std::int64_t most, std::vector<std::uint32_t> colours = {});

  [[nodiscard]] std::int64_t frames() const { return frames_; }
  /// uint8 [H, W, 3]
  [[nodiscard]] Tensor picture(std::int64_t frame) const;
  /// uint8 [H, W], labels as in the file.
  [[nodiscard]] Tensor labels(std::int64_t frame);
  [[nodiscard]] const std::vector<std::uint32_t>& colours() const { return colours_; }

 private:
  const ClipFiles& files_;
  ClipExtent extent_;
  std::int64_t frames_ = 0;
  Tensor video_;  // [T, h, w, 3], of a video
  std::vector<std::uint32_t> colours_;
};

/// Width and height of a clip's pictures. Throws InputError.
[[nodiscard]] FLASHMOTION_EXPORT ClipExtent extent_of(const ClipFiles& files);

/// Where one label of a clip's masks is.
struct LabelTrail {
  std::uint8_t label = 0;
  std::vector<std::array<std::int64_t, 4>> boxes{};  // by frame: x0, y0, x1, y1 in pixels, half open; zeros: not seen
  std::vector<std::int64_t> areas{};                 // by frame, pixels
};

/// What a clip's masks show, at the wanted size.
struct ClipSurvey {
  ClipFiles files{};
  std::int64_t frames = 0;
  std::vector<LabelTrail> labels{};                                          // rising
  std::map<std::pair<std::uint8_t, std::uint8_t>, std::int64_t> touching{};  // frames in which two labels touch
  std::vector<std::uint32_t> colours{};                                      // of RGB masks
};

/// Looks through the masks of a clip; its pictures are opened, not decoded. Throws InputError as `ClipReader` does, and
/// when there is no label.
[[nodiscard]] FLASHMOTION_EXPORT ClipSurvey survey_clip(const ClipFiles& files, ClipExtent extent, std::int64_t most);

}  // namespace flashmotion
