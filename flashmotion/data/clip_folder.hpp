#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/data/folder_clip.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {

/// A clip that was left out, and why.
struct SkippedClip {
  std::string clip;
  std::string reason;
};

// What a clip folder and what is made from one have in common.

/// What is said when no clip of a folder can be used.
[[nodiscard]] FLASHMOTION_EXPORT std::string no_clip_message(const std::string& folder,
                                                             const std::vector<SkippedClip>& skipped);
/// What is said when no clip of a folder is what a request asks for.
[[nodiscard]] FLASHMOTION_EXPORT std::string no_such_clip_message(const std::string& folder,
                                                                  const ClipRequest& request);
/// A problem with a clip on one line.
[[nodiscard]] FLASHMOTION_EXPORT std::string skip_reason(const InputError& error);
/// Whether the good clip of this index, by name, is kept for evaluation: every so many-th, or the last of a few.
[[nodiscard]] FLASHMOTION_EXPORT bool is_for_evaluation(std::size_t index, std::size_t count,
                                                        const ClipFolderConfig& config);

/// Real clips with masks, read and resized once into memory. Layouts, which may be mixed:
///   FOLDER/CLIP/frames/*.jpg|png…  with FOLDER/CLIP/masks/*.png  (and FOLDER/CLIP/prompt.txt)
///   FOLDER/CLIP.mp4|mkv|…          with FOLDER/CLIP_masks/*.png or FOLDER/masks/CLIP/*.png (and FOLDER/CLIP.txt)
///   FOLDER/videos/CLIP.mp4|mkv|…   with FOLDER/masks/CLIP/*.png (and FOLDER/*.csv with the columns path and text), as
///                                  MagicData has it
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
  // The clips of a split, and where drawn ones may begin in each.
  struct Part {
    std::vector<FolderClip> clips;
    std::vector<ClipWindows> windows;
  };
  [[nodiscard]] const Part& part(Split split) const { return split == Split::train ? train_ : evaluation_; }

  ClipFolderConfig config_;
  Part train_;
  Part evaluation_;
  std::vector<SkippedClip> skipped_;
  std::size_t found_ = 0;
};
static_assert(Dataset<ClipFolder>);

}  // namespace flashmotion
