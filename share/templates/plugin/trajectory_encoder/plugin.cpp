// The trajectory encoder '@name@': draws each object as a cross in its colour, through the centre of its box.
#include <flashmotion/plugin/export.hpp>
#include <flashmotion/trajectory/control_maps.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include <cstdint>

namespace @name@_plugin {

using flashmotion::Tensor;

/// Keys of the table [trajectory]: name, member, rule, one line of help.
struct @Class@Config {
  double thickness = 0.4;

  static void fields(auto& f, auto& c) {
    f("thickness", c.thickness, flashmotion::Range{0.01, 1.0}, "width of a bar, in sides of the box");
  }
};

class @Class@ {
 public:
  using Config = @Class@Config;
  explicit @Class@(const Config& config) : config_(config) {}

  /// Boxes are [B, K, F, 4], shares of width and height; `masks` [B, K, F, H, W] may be undefined, `valid` [B, K] says
  /// which objects a clip has, `colours` is [B, K, 3] in [0, 1]. Returns [B, 3, F, H, W] in [-1, 1].
  [[nodiscard]] Tensor encode(const flashmotion::TrajectoryRequest& request) const {
    Tensor cross = bar(request, 0).logical_or(bar(request, 1));  // [B, K, F, H, W]
    if (request.masks.defined()) cross = cross.logical_and(request.masks);
    return flashmotion::draw_control_maps(cross, request.valid, request.colours);
  }

 private:
  /// The box, made narrower along one axis: 0 for x, 1 for y.
  [[nodiscard]] Tensor bar(const flashmotion::TrajectoryRequest& request, std::int64_t axis) const {
    const auto side = [&](std::int64_t i) { return request.boxes.select(-1, i); };
    const Tensor centre = (side(axis) + side(axis + 2)) * 0.5;
    const Tensor half = (side(axis + 2) - side(axis)) * (0.5 * config_.thickness);
    const Tensor low = centre - half, high = centre + half;
    const Tensor box =
        axis == 0 ? at::stack({low, side(1), high, side(3)}, -1) : at::stack({side(0), low, side(2), high}, -1);
    return flashmotion::box_masks(box, request.height, request.width);
  }

  Config config_;
};
static_assert(flashmotion::TrajectoryEncoder<@Class@>);

}  // namespace @name@_plugin

FLASHMOTION_PLUGIN("@name@", "0.1.0",
                   flashmotion::trajectory_encoder<@name@_plugin::@Class@>("@name@",
                                                                           "one line for listings: what it does"));
