#pragma once

#include "flashmotion/core/concepts/trajectory_encoder.hpp"
#include "flashmotion/recipe/fields.hpp"

namespace gaussian_encoder {

struct GaussianConfig {
  double spread = 0.25;
  double outline = 1.0;

  static void fields(auto& f, auto& c) {
    f("spread", c.spread, flashmotion::Range{0.01, 10.0}, "standard deviation of a blob, in sides of its box");
    f("outline", c.outline, flashmotion::Range{0.0, 1024.0}, "pixels inside a box's border that are filled; 0: none");
  }
};

/// Draws each object as a soft blob in its colour at the centre of its box, on black, and the outline of the box; later
/// objects on top. Where masks are given, the blob is cut to the visible pixels and takes the place of both.
class Gaussian {
 public:
  using Config = GaussianConfig;
  explicit Gaussian(const GaussianConfig& config) : config_(config) {}

  [[nodiscard]] flashmotion::Tensor encode(const flashmotion::TrajectoryRequest& request) const;

 private:
  GaussianConfig config_;
};
static_assert(flashmotion::TrajectoryEncoder<Gaussian>);

}  // namespace gaussian_encoder
