#pragma once

#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// The table `[validation]`: a look at fixed clips while a stage is trained.
struct ValidationConfig {
  std::int64_t every = 0;
  std::int64_t cases = 4;
  std::int64_t seed = 20260101;
  std::int64_t reference_clips = 128;
  std::int64_t batch = 24;
  std::string metric = "box_iou";

  static void fields(auto& f, auto& c) {
    f("every", c.every, AtLeast{0},
      "training steps between two looks, by the sampler of the stage's preview; one more at the stage's end; 0: none");
    f("cases", c.cases, Range{1, 100000}, "clips of each group of the evaluation");
    f("seed", c.seed, AtLeast{0}, "seed of the cases; choose another than the evaluation's");
    f("reference_clips", c.reference_clips, Range{2, 1000000}, "real clips that the Frechet distance compares with");
    f("batch", c.batch, Range{1, 65536}, "clips at once");
    f("metric", c.metric, OneOf{{"box_iou", "mask_iou", "frechet", "sharpness", "colour_drift", "centre_error"}},
      "figure by which the best weights are kept, beside the last ones");
  }
};

}  // namespace flashmotion
