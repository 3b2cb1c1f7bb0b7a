#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <string>
#include <vector>

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
  }
};

/// A clip that was left out, and why.
struct SkippedClip {
  std::string clip;
  std::string reason;
};

/// Real clips with masks, read and resized once into memory. Layouts, which may be mixed:
///   FOLDER/CLIP/frames/*.jpg|png…  with FOLDER/CLIP/masks/*.png  (and FOLDER/CLIP/prompt.txt)
///   FOLDER/CLIP.mp4|mkv|…          with FOLDER/CLIP_masks/*.png or FOLDER/masks/CLIP/*.png (and FOLDER/CLIP.txt)
/// One mask for each frame, in the order of the names; numbers in the names count as numbers. A label of the masks is
/// an object, and its box in a frame is the extent of its pixels there. Prompts that are missing are
/// the clip's name with spaces for dashes. Every `evaluation_every`-th good clip, by name, is for evaluation
/// only. Damaged and short clips are left out and listed.
class FLASHMOTION_EXPORT ClipFolder {
 public:
  using Config = ClipFolderConfig;

  /// Throws InputError when the folder is missing, `frames` is not 1 + 4k, or no clip is left (then
  /// with the reasons and the layout that is expected).
  explicit ClipFolder(const ClipFolderConfig& config);

  [[nodiscard]] const ClipFolderConfig& config() const { return config_; }
  [[nodiscard]] ClipSpec spec() const;
  /// Clips of the split. Training: a random clip, start and horizontal flip. Evaluation: the clips in turn
  /// from a random one, each from its middle, never flipped. With fewer than two good clips both splits
  /// are the same clips. Throws InputError when no clip of the split has `request.objects` objects.
  [[nodiscard]] ClipBatch draw(const ClipRequest& request, Rng& rng) const;

  /// Names of the clips of a split, in order.
  [[nodiscard]] std::vector<std::string> clips(Split split) const;
  /// What was left out, by name.
  [[nodiscard]] const std::vector<SkippedClip>& folder_report() const { return skipped_; }
  /// Clips in the folder, those included that were left out.
  [[nodiscard]] std::size_t found() const { return found_; }

 private:
  struct Clip {
    std::string name;
    std::string prompt;
    Tensor frames;                    // [T, H, W, 3] uint8
    Tensor labels;                    // [T, H, W] uint8, 0 or 1 + index of the object
    Tensor boxes;                     // [K, T, 4] float32, zero where the object is not seen
    std::int64_t objects = 0;         // K
    std::vector<std::int64_t> shown;  // objects seen in the clip that begins at each frame
  };
  friend class ClipFolderLoader;

  ClipFolderConfig config_;
  std::vector<Clip> train_;
  std::vector<Clip> evaluation_;
  std::vector<SkippedClip> skipped_;
  std::size_t found_ = 0;
};
static_assert(Dataset<ClipFolder>);

}  // namespace flashmotion
