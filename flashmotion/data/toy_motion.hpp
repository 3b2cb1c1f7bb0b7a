#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/recipe/rules.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace flashmotion {

/// Settings of the toy world. Lengths are pixels; what is said to be random is uniform in its range.
struct ToyMotionConfig {
  std::int64_t frames = 9;       // 1 + 4k
  std::int64_t size = 32;        // height and width
  std::int64_t max_objects = 3;  // 1 to 6: every object of a clip has its own colour
  double min_radius = 5.0;       // half the side of a sprite's box
  double max_radius = 6.5;       //
  double crowded_radius = 0.84;  // factor on the radius in clips of three objects and more
  double min_travel = 7.0;       // path length over the clip
  double max_travel = 17.0;      //
  double turn = 0.9;             // largest turn over the clip, in half turns
  double spin = 0.35;            // largest turn of a sprite's shading in one frame, in radians
  double stripes = 0.08;         // amplitude of the background's stripes, pixel values in [0, 1]
  double min_drift = 0.6;        // way of the stripes in one frame
  double max_drift = 1.4;        //

  static void fields(auto& f, auto& c) {
    f("frames", c.frames, AtLeast{1}, "frames of a clip, 1 + 4k");
    f("size", c.size, AtLeast{8}, "height and width in pixels");
    f("max_objects", c.max_objects, Range{1, 6}, "objects of a clip are 1 to so many");
    f("min_radius", c.min_radius, Above{0.0}, "least half side of a sprite in pixels");
    f("max_radius", c.max_radius, Above{0.0}, "largest half side of a sprite in pixels");
    f("crowded_radius", c.crowded_radius, Above{0.0}, "factor on the radius in clips of three objects and more");
    f("min_travel", c.min_travel, AtLeast{0.0}, "least path of a sprite over the clip in pixels");
    f("max_travel", c.max_travel, AtLeast{0.0}, "longest path of a sprite over the clip in pixels");
    f("turn", c.turn, Range{0.0, 4.0}, "largest turn of a path over the clip, in half turns");
    f("spin", c.spin, Range{0.0, 3.2}, "largest turn of a sprite's shading in one frame, in radians");
    f("stripes", c.stripes, Range{0.0, 0.12}, "amplitude of the background's stripes, pixel values in [0, 1]");
    f("min_drift", c.min_drift, AtLeast{0.0}, "least way of the stripes in one frame, in pixels");
    f("max_drift", c.max_drift, AtLeast{0.0}, "longest way of the stripes in one frame, in pixels");
  }
};

/// Procedural clips: shaded sprites (disc, square, triangle) of different saturated colours that move,
/// turn and bounce off the walls before a dim gradient with drifting stripes. Later objects cover
/// earlier ones. First frame and boxes do not determine a clip: the speed at which shading turns and
/// stripes drift is known to neither, so a regression onto the mean must blur.
class FLASHMOTION_EXPORT ToyMotion {
 public:
  using Config = ToyMotionConfig;
  static constexpr std::array<std::string_view, 6> kColours{"red", "green", "blue", "yellow", "magenta", "cyan"};
  static constexpr std::array<std::string_view, 3> kShapes{"disc", "square", "triangle"};

  /// Throws InputError when the settings contradict each other.
  explicit ToyMotion(const ToyMotionConfig& config = {});

  [[nodiscard]] const ToyMotionConfig& config() const { return config_; }
  [[nodiscard]] ClipSpec spec() const;
  /// RGB of `kColours` in [0, 1].
  [[nodiscard]] static Tensor palette();  // [6, 3]

  /// `request.count` clips, equal for an equal generator. Each has `request.objects` objects, or a
  /// random number of 1 to `max_objects`. Boxes are the sprites' exact extent, also where covered; masks hold the
  /// pixels whose centre lies in the sprite and in no later one. Prompts read "red disc, blue square".
  /// Both splits draw from one endless world: what keeps them apart is the generator that is given.
  /// Throws InputError when more objects are asked for than `max_objects`.
  [[nodiscard]] ClipBatch draw(const ClipRequest& request, Rng& rng) const;

 private:
  ToyMotionConfig config_;
};
static_assert(Dataset<ToyMotion>);

}  // namespace flashmotion
