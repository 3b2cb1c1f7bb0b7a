#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/trajectory/sampling.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

namespace flashmotion {

/// What is drawn of each object on black. `fill` is what this toolkit's models see; the others are the trajectory
/// videos of MagicMotion, whose first frame has filled shapes in all of them. Shapes are masks, or else polygons, or
/// else boxes.
enum class MapStyle {
  fill,        // filled boxes in every frame
  mask,        // filled shapes in every frame
  box,         // outlines of boxes
  sparse_box,  // outlines of boxes in the frames in which the object has a key
};

template <>
struct EnumNames<MapStyle> {
  static constexpr std::array<std::pair<MapStyle, std::string_view>, 4> values{{{MapStyle::fill, "fill"},
                                                                                {MapStyle::mask, "mask"},
                                                                                {MapStyle::box, "box"},
                                                                                {MapStyle::sparse_box, "sparse_box"}}};
};

/// Draws a trajectory's control maps frame by frame, at the trajectory's own size. The trajectory outlives it.
class FLASHMOTION_EXPORT MapPainter {
 public:
  MapPainter(const Trajectory& trajectory, MapStyle style);

  /// uint8 [H, W, 3]; `frame` counts frames of the trajectory.
  [[nodiscard]] Tensor frame(std::int64_t frame) const;

 private:
  const Trajectory& trajectory_;
  MapStyle style_;
  std::vector<ObjectTrack> tracks_;
};

/// Pixels whose centre lies inside a shape, bool [height, width]: a mask, or else a polygon (even-odd), or else the
/// box. All false where nothing is seen.
[[nodiscard]] FLASHMOTION_EXPORT Tensor shape_mask(const ObjectSample& sample, std::int64_t height, std::int64_t width);

/// The trajectory with the masks in it that it refers to: a key with a mask in each frame. Paths are relative to
/// `folder`. Throws InputError when masks are missing or of another number than the frames.
[[nodiscard]] FLASHMOTION_EXPORT Trajectory with_masks(Trajectory trajectory, const std::filesystem::path& folder);

}  // namespace flashmotion
