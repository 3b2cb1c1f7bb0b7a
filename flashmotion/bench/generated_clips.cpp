#include "flashmotion/bench/generated_clips.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/clip_source.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/resize.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
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

ClipFrames open_pictures(const fs::path& folder) {
  const std::vector<fs::path> files = pictures_in(folder);
  std::vector<std::int64_t> size;
  for (const fs::path& file : files) {
    const Tensor picture = read_image_rgb8(file);
    if (size.empty()) size = picture.sizes().vec();
    if (picture.sizes() != at::IntArrayRef(size))
      throw InputError(fmt::format("'{}' is of {}x{} pixels, the clip's first frame of {}x{}; give all one size",
                                   file.string(), picture.size(1), picture.size(0), size[1], size[0]));
  }
  return picture_source(files);
}

Tensor read_labels(const fs::path& file, std::int64_t objects) {
  Tensor labels = read_mask_png(file);
  if (const auto most = labels.max().item<std::int64_t>(); most > objects)
    throw InputError(fmt::format("'{}' has the label {}; the case has {} objects", file.string(), most, objects));
  return labels;
}

}  // namespace generated_clips

GeneratedClips::GeneratedClips(const std::filesystem::path& folder, std::span<const BenchCase> cases,
                               std::int64_t seeds) {
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

ClipFrames GeneratedClips::open(const BenchCase& one, std::int64_t seed) const {
  const std::filesystem::path place = this->place(one, seed);
  ClipFrames clip = std::filesystem::is_directory(place) ? generated_clips::open_pictures(place) : video_source(place);
  if (clip.frames() < kLeastClipFrames)
    throw InputError(
        fmt::format("'{}' has {} frames; a clip needs {} or more", place.string(), clip.frames(), kLeastClipFrames));
  return clip;
}

std::filesystem::path given_masks_place(const std::filesystem::path& folder, const BenchCase& one, std::int64_t seed) {
  const auto folders = generated_clips::seed_folders(folder);
  return folders.at(std::min(static_cast<std::size_t>(seed), folders.size() - 1)) / one.id;
}

ClipFrames open_given_masks(const std::filesystem::path& folder, const BenchCase& one, std::int64_t seed,
                            std::int64_t objects, std::int64_t frames, std::int64_t height, std::int64_t width) {
  const auto place = given_masks_place(folder, one, seed);
  const auto files = pictures_in(place);
  if (files.size() != static_cast<std::size_t>(frames))
    throw InputError(fmt::format("'{}' has {} masks; the clip has {} frames", place.string(), files.size(), frames));
  for (const auto& file : files) (void)generated_clips::read_labels(file, objects);
  const Tensor names = at::arange(1, objects + 1, at::kByte).reshape({objects, 1, 1});
  return file_source(files, objects, height, width, [=](const std::filesystem::path& file) {
    Tensor labels = generated_clips::read_labels(file, objects);
    if (labels.size(0) != height || labels.size(1) != width)
      labels = resize_nearest(labels.unsqueeze(0), height, width).squeeze(0);
    return labels.unsqueeze(0).eq(names);
  });
}

}  // namespace flashmotion
