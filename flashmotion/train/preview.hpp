#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// Clips to show beside the real ones: a label and [N, 3, F, H, W] in [-1, 1].
using LabelledClips = std::vector<std::pair<std::string, Tensor>>;

/// Contact sheet (PNG): for each of the first `count` cases the real clip, its control maps (`control`
/// [N, 3, F, H, W]) and each labelled clip, boxes drawn in.
FLASHMOTION_EXPORT void write_contact_sheet(const std::filesystem::path& file, const ClipBatch& real,
                                            const Tensor& control, const LabelledClips& clips, std::int64_t count);

/// Video (MP4) of the same, a case a row, played side by side.
FLASHMOTION_EXPORT void write_preview_video(const std::filesystem::path& file, const ClipBatch& real,
                                            const Tensor& control, const LabelledClips& clips, std::int64_t count,
                                            double fps);

/// First frame (`N.png`) and trajectory (`N.traj.json`) of each clip in a folder, as `flashmotion generate` takes them.
FLASHMOTION_EXPORT void write_cases(const std::filesystem::path& folder, const ClipBatch& clips, double fps);

}  // namespace flashmotion
