#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/data/clip_files.hpp"
#include "flashmotion/data/clip_picker.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// Settings of a folder of real clips.
struct ClipFolderConfig {
  std::string folder;
  std::int64_t frames = 9;
  std::int64_t height = 32;
  std::int64_t width = 32;
  std::int64_t stride = 2;
  std::int64_t max_objects = 2;
  std::int64_t evaluation_every = 4;
  double min_object_share = 0.002;
  std::int64_t windows = 0;
  bool flip = true;

  static void fields(auto& f, auto& c) {
    f("folder", c.folder, required, NotEmpty{}, "folder with one folder or video for each clip");
    f("frames", c.frames, Range{1, 1000}, "frames of a drawn clip, 1 + 4k");
    f("height", c.height, Range{4, 4096}, "height to which clips are resized, in pixels");
    f("width", c.width, Range{4, 4096}, "width to which clips are resized, in pixels");
    f("stride", c.stride, Range{1, 100}, "steps in the file from one drawn frame to the next");
    f("max_objects", c.max_objects, Range{1, 6}, "objects of a clip, the largest first; others are left out");
    f("evaluation_every", c.evaluation_every, Range{2, 1000}, "every so many-th clip is kept for evaluation");
    f("min_object_share", c.min_object_share, Range{0.0, 1.0},
      "share of the picture below which a label, in the mean over its frames, is no object");
    f("windows", c.windows, Range{0, 100000}, "places in a clip where a drawn one may begin, evenly spread; 0: all");
    f("flip", c.flip, "half of the drawn clips of training are mirrored");
  }
};

/// Throws InputError when settings of a clip folder contradict each other.
FLASHMOTION_EXPORT void check_clip_folder(const ClipFolderConfig& config);

/// A clip of a folder, read and resized.
struct FolderClip {
  std::string name;
  std::string prompt;
  Tensor frames;             // [T, H, W, 3] uint8
  Tensor labels;             // [T, H, W] uint8, 0 or 1 + index of the object
  Tensor boxes;              // [K, T, 4] float32, zero where the object is not seen
  std::int64_t objects = 0;  // K
  ClipWindows windows;       // where a drawn clip may begin
};

/// Reads one. Throws InputError, saying why, when it cannot be used.
[[nodiscard]] FLASHMOTION_EXPORT FolderClip read_folder_clip(const ClipFiles& files, const ClipFolderConfig& config);

/// The clip of `config.frames` frames that begins at `start`, mirrored or not, as a batch of one.
[[nodiscard]] FLASHMOTION_EXPORT ClipBatch clip_window(const FolderClip& clip, const ClipFolderConfig& config,
                                                       std::int64_t start, bool flip);

}  // namespace flashmotion
