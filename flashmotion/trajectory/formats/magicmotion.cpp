#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/video.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace magicmotion_detail {

constexpr std::int64_t kMostFrames = TrajectoryLimits{}.frames;
constexpr std::int64_t kMaxBytes = std::int64_t{3} << 30;  // of a decoded video

MapFrames of_video(const std::filesystem::path& path, const ForeignSettings& settings) {
  const VideoClip first = read_video(path, {.max_frames = 1});
  const std::int64_t most = std::min(kMostFrames, kMaxBytes / first.frames.numel());
  const VideoClip clip = read_video(path, {.max_frames = most + 1});
  if (clip.frames.size(0) > most) {
    throw InputError(fmt::format("'{}' has more than {} frames of {}x{}; cut it into shorter clips", path.string(),
                                 most, clip.frames.size(2), clip.frames.size(1)));
  }
  if (clip.damaged()) {
    throw InputError(
        fmt::format("'{}' is damaged, so its frames cannot be told by their number: {}; fetch it again, "
                    "or save the good part as a new video",
                    path.string(), clip.damage()));
  }
  MapFrames maps;
  maps.count = clip.frames.size(0);
  maps.fps = settings.fps > 0 ? settings.fps : clip.fps >= 0.1 && clip.fps <= 1000 ? clip.fps : 8;
  maps.path = path;
  maps.frame = [frames = clip.frames](std::int64_t i) { return frames.select(0, i); };
  return maps;
}

MapFrames of_folder(const std::filesystem::path& path, const ForeignSettings& settings) {
  const std::vector<std::filesystem::path> files = pictures_in(path);
  if (files.empty()) throw InputError(fmt::format("'{}' holds no pictures", path.string()));
  if (static_cast<std::int64_t>(files.size()) > kMostFrames) {
    throw InputError(
        fmt::format("'{}' holds {} pictures; at most {} frames are read", path.string(), files.size(), kMostFrames));
  }
  MapFrames maps;
  maps.count = static_cast<std::int64_t>(files.size());
  maps.fps = settings.fps > 0 ? settings.fps : 8;
  maps.exact = true;
  maps.path = path;
  maps.frame = [files](std::int64_t i) { return read_image_rgb8(files[static_cast<std::size_t>(i)]); };
  return maps;
}

}  // namespace magicmotion_detail

ForeignTrajectory read_magicmotion(const std::filesystem::path& path, const ForeignSettings& settings) {
  std::error_code code;
  const bool folder = std::filesystem::is_directory(path, code);
  return trajectory_of_maps(folder ? magicmotion_detail::of_folder(path, settings)
                                   : magicmotion_detail::of_video(path, settings));
}

}  // namespace flashmotion
