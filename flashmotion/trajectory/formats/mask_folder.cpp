#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/trajectory/colour_regions.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace mask_folder_detail {

constexpr std::size_t kLabels = 256;

// A pixel of each label that has no colour yet gives it one, as the picture shows it.
void note_colours(const std::filesystem::path& file, const Tensor& labels,
                  std::vector<std::optional<Colour>>& colours) {
  const auto* label = labels.const_data_ptr<std::uint8_t>();
  const bool fresh = std::any_of(label, label + labels.numel(), [&](std::uint8_t value) { return !colours[value]; });
  if (!fresh) return;
  const Tensor picture = read_image_rgb8(file).contiguous();
  const auto* rgb = picture.const_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if (!colours[label[i]]) colours[label[i]] = Colour{rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]};
  }
}

}  // namespace mask_folder_detail

ForeignTrajectory read_mask_folder(const std::filesystem::path& path, const ForeignSettings& settings) {
  using namespace mask_folder_detail;
  std::vector<std::filesystem::path> files = pictures_in(path);
  std::erase_if(files, [](const auto& file) { return file.extension() != ".png" && file.extension() != ".PNG"; });
  if (files.empty()) throw InputError(fmt::format("'{}' holds no masks (PNG)", path.string()));
  constexpr std::int64_t kMost = TrajectoryLimits{}.frames;
  if (static_cast<std::int64_t>(files.size()) > kMost) {
    throw InputError(
        fmt::format("'{}' holds {} masks; at most {} frames are read", path.string(), files.size(), kMost));
  }
  ForeignTrajectory result;
  Trajectory& trajectory = result.trajectory;
  trajectory.frames = static_cast<std::int64_t>(files.size());
  trajectory.fps = settings.fps > 0 ? settings.fps : 24;
  std::vector<std::optional<Colour>> colours(kLabels);
  colours[0] = Colour{};
  std::vector<std::vector<LabelRegion>> regions;
  std::vector<std::uint32_t> of_rgb;  // what labels of RGB pictures stand for
  for (const std::filesystem::path& file : files) {
    const Tensor labels = read_mask_png(file, of_rgb);
    if (regions.empty()) {
      trajectory.height = labels.size(0);
      trajectory.width = labels.size(1);
    } else if (labels.size(0) != trajectory.height || labels.size(1) != trajectory.width) {
      throw InputError(fmt::format("'{}' has {}x{} pixels, but '{}' has {}x{}; masks of one clip are of one size",
                                   file.string(), labels.size(1), labels.size(0), files.front().filename().string(),
                                   trajectory.width, trajectory.height));
    }
    note_colours(file, labels, colours);
    regions.push_back(label_regions(labels, static_cast<std::int64_t>(kLabels) - 1, 0, false));
  }
  for (std::size_t label = 1; label < kLabels; ++label) {
    TrajectoryObject object;
    for (std::int64_t t = 0; t < trajectory.frames; ++t) {
      const LabelRegion& region = regions[static_cast<std::size_t>(t)][label - 1];
      if (region.area == 0) {
        if (object.hidden.empty() || object.hidden.back().end != t) object.hidden.push_back({t, t});
        ++object.hidden.back().end;
        continue;
      }
      Box box{};
      for (std::size_t i = 0; i < 4; ++i) {
        box[i] =
            static_cast<double>(region.box[i]) / static_cast<double>(i % 2 == 0 ? trajectory.width : trajectory.height);
      }
      object.keys.push_back({.frame = t, .box = box});
    }
    if (object.keys.empty()) continue;
    object.name = fmt::format("object {}", trajectory.objects.size() + 1);
    object.colour = colours[label].value_or(Colour{255, 255, 255});
    object.masks = MaskSource{.path = path.string(), .label = static_cast<std::int64_t>(label), .colour = {}};
    if (!of_rgb.empty()) object.masks = MaskSource{.path = path.string(), .label = 0, .colour = object.colour};
    trajectory.objects.push_back(std::move(object));
  }
  if (trajectory.objects.empty()) {
    throw InputError(fmt::format("'{}' shows no object: all its masks are empty", path.string()));
  }
  return result;
}

}  // namespace flashmotion
