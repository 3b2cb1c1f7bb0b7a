#include "flashmotion/bench/generated_clips.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace flashmotion {
namespace generated_clips {

namespace fs = std::filesystem;

constexpr std::size_t kShown = 8;  // missing clips that are named
constexpr std::array kEndings{".mp4", ".mkv", ".webm", ".mov", ".avi", ".gif"};

std::optional<fs::path> clip_at(const fs::path& folder, const std::string& id) {
  std::error_code code;
  if (fs::is_directory(folder / id, code) && !pictures_in(folder / id).empty()) return folder / id;
  for (const char* ending : kEndings) {
    if (const fs::path file = folder / (id + ending); fs::is_regular_file(file, code)) return file;
  }
  return std::nullopt;
}

std::vector<fs::path> seed_folders(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code code;
  while (fs::is_directory(folder / fmt::format("seed-{}", folders.size()), code))
    folders.push_back(folder / fmt::format("seed-{}", folders.size()));
  if (folders.empty()) folders.push_back(folder);
  return folders;
}

Tensor read_pictures(const fs::path& folder) {
  std::vector<Tensor> frames;
  for (const fs::path& file : pictures_in(folder)) {
    frames.push_back(read_image_rgb8(file));
    if (frames.back().sizes() != frames.front().sizes())
      throw InputError(fmt::format("'{}' is of {}x{} pixels, the clip's first frame of {}x{}; give all one size",
                                   file.string(), frames.back().size(1), frames.back().size(0), frames.front().size(1),
                                   frames.front().size(0)));
  }
  return at::stack(frames);
}

Tensor read_whole_video(const fs::path& file) {
  const VideoClip clip = read_video(file);
  if (clip.damaged()) throw InputError(fmt::format("'{}': {}; make the clip again", file.string(), clip.damage()));
  return clip.frames;
}

}  // namespace generated_clips

GeneratedClips::GeneratedClips(std::filesystem::path folder, std::span<const BenchCase> cases, std::int64_t seeds) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code))
    throw InputError(fmt::format("there is no folder '{}' of generated clips", folder.string()));
  folders_ = generated_clips::seed_folders(folder);
  if (seeds > 0) {
    const auto asked = static_cast<std::size_t>(seeds);
    if (folders_.size() < asked)
      throw InputError(fmt::format("'{}' has clips of {} seeds, and {} are asked for; '{}' is missing", folder.string(),
                                   folders_.size(), asked,
                                   (folder / fmt::format("seed-{}", folders_.size())).string()));
    folders_.resize(asked);
  }
  std::vector<std::string> missing;
  for (const auto& part : folders_) {
    for (const BenchCase& one : cases) {
      if (!generated_clips::clip_at(part, one.id)) missing.push_back((part / one.id).string());
    }
  }
  if (missing.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(missing.size(), generated_clips::kShown); ++i)
    names += fmt::format("{}'{}'", i == 0 ? "" : ", ", missing[i]);
  if (missing.size() > generated_clips::kShown)
    names += fmt::format(" and {} more", missing.size() - generated_clips::kShown);
  throw InputError(
      fmt::format("clips are missing: {}; each case needs a video of its id (.mp4 and the like) or a folder "
                  "of pictures, or choose cases by --cases",
                  names));
}

std::filesystem::path GeneratedClips::place(const BenchCase& one, std::int64_t seed) const {
  const auto place = generated_clips::clip_at(folders_.at(static_cast<std::size_t>(seed)), one.id);
  if (!place) throw InputError(fmt::format("the clip of case '{}' has gone", one.id));
  return *place;
}

Tensor GeneratedClips::read(const BenchCase& one, std::int64_t seed) const {
  const std::filesystem::path place = this->place(one, seed);
  const Tensor frames = std::filesystem::is_directory(place) ? generated_clips::read_pictures(place)
                                                             : generated_clips::read_whole_video(place);
  if (frames.size(0) < kLeastClipFrames)
    throw InputError(
        fmt::format("'{}' has {} frames; a clip needs {} or more", place.string(), frames.size(0), kLeastClipFrames));
  return from_rgb8(frames);
}

std::filesystem::path given_masks_place(const std::filesystem::path& folder, const BenchCase& one, std::int64_t seed) {
  const auto folders = generated_clips::seed_folders(folder);
  return folders.at(std::min(static_cast<std::size_t>(seed), folders.size() - 1)) / one.id;
}

Tensor read_given_masks(const std::filesystem::path& folder, const BenchCase& one, std::int64_t seed,
                        std::int64_t objects, std::int64_t frames, std::int64_t height, std::int64_t width) {
  const auto place = given_masks_place(folder, one, seed);
  const auto files = pictures_in(place);
  if (files.size() != static_cast<std::size_t>(frames))
    throw InputError(fmt::format("'{}' has {} masks; the clip has {} frames", place.string(), files.size(), frames));
  const Tensor names = at::arange(1, objects + 1, at::kByte).reshape({objects, 1, 1});
  std::vector<Tensor> masks;
  for (const auto& file : files) {
    Tensor labels = read_mask_png(file);
    if (const auto most = labels.max().item<std::int64_t>(); most > objects)
      throw InputError(fmt::format("'{}' has the label {}; the case has {} objects", file.string(), most, objects));
    if (labels.size(0) != height || labels.size(1) != width)
      labels = resize_nearest(labels.unsqueeze(0), height, width).squeeze(0);
    masks.push_back(labels.unsqueeze(0).eq(names));
  }
  return at::stack(masks, 1).unsqueeze(0);
}

}  // namespace flashmotion
