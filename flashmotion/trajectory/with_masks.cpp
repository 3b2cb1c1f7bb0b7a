#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/video.hpp"
#include "flashmotion/trajectory/colour_regions.hpp"
#include "flashmotion/trajectory/render.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace flashmotion {
namespace with_masks_detail {

// Objects whose masks lie in one place.
struct Group {
  std::vector<std::size_t> objects;
  std::vector<Colour> colours;  // of the objects, in their order
};

void put(TrajectoryObject& object, std::int64_t frame, RleMask mask) {
  auto key = std::lower_bound(object.keys.begin(), object.keys.end(), frame,
                              [](const TrajectoryKey& own, std::int64_t when) { return own.frame < when; });
  if (key == object.keys.end() || key->frame != frame) {
    key = object.keys.insert(key, TrajectoryKey{.frame = frame});
  }
  key->mask = std::move(mask);
}

void check_count(std::int64_t count, std::int64_t frames, const std::filesystem::path& path) {
  if (count == frames) return;
  throw InputError(
      fmt::format("'{}' holds masks of {} frames, but the trajectory has {}; retime after the masks are "
                  "read, or give the folder that belongs to it",
                  path.string(), count, frames));
}

void add_frame(Trajectory& trajectory, const Group& group, const Tensor& labels,
               const std::vector<std::int64_t>& wanted, std::int64_t frame) {
  for (std::size_t i = 0; i < group.objects.size(); ++i) {
    const RleMask mask = rle_of(labels.eq(wanted[i]));
    if (rle_area(mask) > 0) put(trajectory.objects[group.objects[i]], frame, mask);
  }
}

void of_pictures(Trajectory& trajectory, const Group& group, const std::filesystem::path& path) {
  const std::vector<std::filesystem::path> files = pictures_in(path);
  check_count(static_cast<std::int64_t>(files.size()), trajectory.frames, path);
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    const std::filesystem::path& file = files[static_cast<std::size_t>(t)];
    std::vector<std::int64_t> wanted;
    if (group.colours.empty()) {
      for (const std::size_t k : group.objects) wanted.push_back(trajectory.objects[k].masks->label);
      add_frame(trajectory, group, read_mask_png(file), wanted, t);
    } else {
      for (std::size_t i = 0; i < group.objects.size(); ++i) wanted.push_back(static_cast<std::int64_t>(i) + 1);
      add_frame(trajectory, group, label_colours(read_image_rgb8(file), group.colours), wanted, t);
    }
  }
}

void of_video(Trajectory& trajectory, const Group& group, const std::filesystem::path& path) {
  if (group.colours.empty()) {
    throw InputError(
        fmt::format("'{}' is a video, whose objects are known by 'colour' and not by 'label'", path.string()));
  }
  const VideoClip clip = read_video(path, {.max_frames = trajectory.frames + 1});
  check_count(clip.frames.size(0), trajectory.frames, path);
  std::vector<std::int64_t> wanted;
  for (std::size_t i = 0; i < group.objects.size(); ++i) wanted.push_back(static_cast<std::int64_t>(i) + 1);
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    add_frame(trajectory, group, label_colours(clip.frames.select(0, t), group.colours), wanted, t);
  }
}

}  // namespace with_masks_detail

Trajectory with_masks(Trajectory trajectory, const std::filesystem::path& folder) {
  using namespace with_masks_detail;
  std::map<std::pair<std::string, bool>, Group> groups;  // by path and by whether colours are looked at
  for (std::size_t k = 0; k < trajectory.objects.size(); ++k) {
    const auto& masks = trajectory.objects[k].masks;
    if (!masks) continue;
    Group& group = groups[{masks->path, masks->colour.has_value()}];
    group.objects.push_back(k);
    if (masks->colour) group.colours.push_back(*masks->colour);
  }
  for (const auto& [place, group] : groups) {
    const std::filesystem::path path = folder / place.first;
    if (!std::filesystem::exists(path)) {
      throw InputError(fmt::format("'{}' is missing: object '{}' has its masks there", path.string(),
                                   trajectory.objects[group.objects.front()].name));
    }
    std::filesystem::is_directory(path) ? of_pictures(trajectory, group, path) : of_video(trajectory, group, path);
    for (const std::size_t k : group.objects) {
      TrajectoryObject& object = trajectory.objects[k];
      object.masks.reset();
      if (object.keys.empty()) {
        throw InputError(fmt::format("'{}' never shows object '{}'", path.string(), object.name));
      }
    }
  }
  return trajectory;
}

}  // namespace flashmotion
