#include "flashmotion/data/clip_folder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/data/clip_files.hpp"
#include "flashmotion/data/joined_clips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace flashmotion {

std::string no_clip_message(const std::string& folder, const std::vector<SkippedClip>& skipped) {
  constexpr std::size_t kShownReasons = 12;
  std::string text = fmt::format("'{}' holds no clip that can be used", folder);
  for (std::size_t i = 0; i < std::min(skipped.size(), kShownReasons); ++i) {
    text += fmt::format("\n  {}: {}", skipped[i].clip, skipped[i].reason);
  }
  if (skipped.size() > kShownReasons) text += fmt::format("\n  and {} more", skipped.size() - kShownReasons);
  return text +
         "\nA clip is CLIP/frames/*.jpg (or png) with CLIP/masks/*.png, or CLIP.mp4 with CLIP_masks/*.png or "
         "masks/CLIP/*.png: one mask for each frame, a label for each object";
}

std::string skip_reason(const InputError& error) {
  const std::string text = error.message();
  return text.substr(0, text.find('\n'));
}

ClipFolder::ClipFolder(const ClipFolderConfig& config) : config_(config) {
  check_clip_folder(config);
  std::vector<FolderClip> good;
  for (const ClipFiles& files : find_clips(config_.folder)) {
    try {
      good.push_back(read_folder_clip(files, config_));
    } catch (const InputError& error) {
      skipped_.push_back({files.name, skip_reason(error)});
    }
  }
  if (good.empty()) throw InputError(no_clip_message(config_.folder, skipped_));
  found_ = good.size() + skipped_.size();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Part& part = is_for_evaluation(i, good.size(), config_) ? evaluation_ : train_;
    part.windows.push_back(good[i].windows);
    part.clips.push_back(std::move(good[i]));
  }
  if (evaluation_.clips.empty()) evaluation_ = train_;
}

bool is_for_evaluation(std::size_t index, std::size_t count, const ClipFolderConfig& config) {
  const auto every = static_cast<std::size_t>(config.evaluation_every);
  if (count < every) return index + 1 == count && index > 0;
  return (index + 1) % every == 0;
}

ClipSpec ClipFolder::spec() const { return {config_.frames, config_.height, config_.width, config_.max_objects}; }

std::vector<std::string> ClipFolder::clips(Split split) const {
  std::vector<std::string> names;
  for (const FolderClip& clip : part(split).clips) names.push_back(clip.name);
  return names;
}

ClipBatch ClipFolder::draw(const ClipRequest& request, Rng& rng) const {
  const Part& from = part(request.split);
  const std::vector<ClipPick> picks = pick_clips(from.windows, request, config_.flip, rng);
  if (picks.empty()) throw InputError(no_such_clip_message(config_.folder, request));
  std::vector<ClipBatch> drawn;
  std::transform(picks.begin(), picks.end(), std::back_inserter(drawn), [&](const ClipPick& pick) {
    return clip_window(from.clips[pick.clip], config_, pick.start, pick.flip);
  });
  return joined_clips(drawn);
}

std::string no_such_clip_message(const std::string& folder, const ClipRequest& request) {
  return fmt::format("'{}' has no clip for {} that shows {}", folder,
                     request.split == Split::train ? "training" : "evaluation",
                     request.objects ? fmt::format("exactly {} objects", *request.objects) : "an object");
}

}  // namespace flashmotion
