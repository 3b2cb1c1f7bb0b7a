#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/train/recipe.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flashmotion {

/// What a clip is made from.
struct ClipOrder {
  Tensor first_frame;  // [3, H, W] in [-1, 1], of any size: it is resized to the run's clips
  Trajectory trajectory;
  std::string prompt;  // of the clip
  std::uint64_t seed = 0;
};

/// A clip and what it took.
struct MadeClip {
  Tensor video;        // [3, F, H, W] in [-1, 1]
  double seconds = 0;  // for sampling and decoding
};

/// The networks of a variant of a finished run, loaded once, to make clips with.
class FLASHMOTION_EXPORT RunClipMaker {
 public:
  /// `run` is the run's folder and `recipe` its resolved recipe, which outlives this. An empty `variant` is the last
  /// one; `device` is where its networks compute. Throws InputError when there is no such variant or its stages have
  /// not finished.
  RunClipMaker(const std::string& run, const Recipe& recipe, const Catalog& catalog, const std::string& variant,
               const Logger& log, const c10::Device& device = c10::kCPU);
  ~RunClipMaker();
  RunClipMaker(const RunClipMaker&) = delete;
  RunClipMaker& operator=(const RunClipMaker&) = delete;

  [[nodiscard]] const std::string& variant() const;
  /// Extent of the clips.
  [[nodiscard]] ClipSpec spec() const;
  /// Digest of the weights in use: other weights have another.
  [[nodiscard]] std::string weights_sha256() const;
  /// The trajectory's boxes at the run's frames, [K, F, 4].
  [[nodiscard]] Tensor boxes(const Trajectory& trajectory) const;
  /// Throws Interrupted when a stop is asked for.
  [[nodiscard]] MadeClip make(const ClipOrder& order, const StopFlag& stop, ProgressBar& progress) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flashmotion
