#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/object_finder.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// Settings of `FlowFinder`.
struct FlowFinderConfig {
  double threshold = 0.5;  // of the carried mask, above which a pixel is found
  double colours = 0.5;    // weight of the colours' log-likelihood beside the carried mask's; 0: flow alone
  std::int64_t bins = 8;   // of colour histograms, along each of R, G and B
  double around = 0.07;    // what an object's colours are told from lies so near to it, of the picture's longer side
};

/// For clips of any kind: carries the true masks of the first frame through the clip by dense optical flow. Between
/// each frame and the one before it, flow is computed on 8-bit grey pictures by dense inverse search (Kroeger et al.,
/// 2016, as OpenCV has it), and each pixel takes the mask's value where its flow leads, bilinearly. Values are carried
/// on without a threshold, so that moves below a pixel add up. What is carried is corrected by colour: within 2 pixels
/// of it, its log-odds gain `colours` times the log-likelihood ratio of the object's colours against those around it,
/// counted in the clip's first frame and averaged over 3x3 pixels. Flow alone drifts off within tens of frames; colours
/// alone find whatever looks alike. Pieces below a tenth of the largest are dropped. Fewer than 4 pixels in a frame
/// count as none. It knows no shapes: errors add up along a clip, and an object that was wholly covered is lost for
/// good. Compare with the figure that it reaches on the real clips, not with 1. Equal clips give equal masks on any
/// number of threads.
class FLASHMOTION_EXPORT FlowFinder {
 public:
  /// Throws InputError for settings out of range.
  explicit FlowFinder(const FlowFinderConfig& config = {});
  /// Throws ShapeError when the clips do not fit, InputError for pictures smaller than 16 x 16 pixels.
  [[nodiscard]] Tensor operator()(const Tensor& video, const ClipBatch& real) const;
  /// The same frame by frame, see `ObjectPass`.
  [[nodiscard]] FramePass operator()(const ClipFrames& video, const ClipBatch& first) const;

 private:
  FlowFinderConfig config_;
};

/// A way to find objects in generated clips.
struct ObjectSearch {
  std::string name;
  std::string file_sha256;
  ObjectPass find;
};

[[nodiscard]] FLASHMOTION_EXPORT ObjectSearch flow_search(const FlowFinderConfig& config = {});

}  // namespace flashmotion
