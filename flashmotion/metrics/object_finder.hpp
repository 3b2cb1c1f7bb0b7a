#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <functional>

namespace flashmotion {

/// Finds the objects of real clips in generated ones, without a network. From video [B, 3, F, H, W] in [-1, 1]
/// and the real clips that it should follow to masks [B, K, F, H, W] bool, empty for objects that a clip does not have.
/// None looks at the real clip's boxes, or at its masks after the first frame.
using ObjectFinder = std::function<Tensor(const Tensor& video, const ClipBatch& real)>;

/// The same frame by frame, for clips that are not in memory: [B, K, n, H, W] bool for each window of frames, to the
/// bit those of the whole clip. Of the real clip the first frame is enough.
using ObjectPass = std::function<FramePass(const ClipFrames& video, const ClipBatch& first)>;

/// Settings of `ChromaFinder`.
struct ChromaFinderConfig {
  double cosine = 0.85;  // least cosine between a pixel's chroma and the object's
  double floor = 0.25;   // least length of a pixel's chroma, RGB in [0, 1]
};

/// Pixels whose chroma points to the object's colour: for worlds where a saturated colour names an
/// object. Blur lowers the chroma at the edges below the floor, so this finder under-credits
/// blurred clips: report `RelativeChromaFinder` beside it. Fewer than 4 pixels in a frame count as none.
class FLASHMOTION_EXPORT ChromaFinder {
 public:
  /// `palette` [P, 3]: the colours that a pixel may belong to; undefined: those of the clip's objects.
  explicit ChromaFinder(Tensor palette = {}, const ChromaFinderConfig& config = {});
  [[nodiscard]] Tensor operator()(const Tensor& video, const ClipBatch& real) const;
  [[nodiscard]] FramePass operator()(const ClipFrames& video, const ClipBatch& first) const;

 private:
  Tensor palette_;
  ChromaFinderConfig config_;
};

/// Settings of `RelativeChromaFinder`.
struct RelativeChromaFinderConfig {
  double fraction = 0.4;  // threshold, of the object's strongest chroma in the frame
  double floor = 0.10;    // least strongest chroma for the object to be there at all
};

/// As `ChromaFinder`, with a threshold relative to the object's own fourth strongest pixel in the same
/// frame, so that blur and faded colours hardly shrink what is found.
class FLASHMOTION_EXPORT RelativeChromaFinder {
 public:
  explicit RelativeChromaFinder(Tensor palette = {}, const RelativeChromaFinderConfig& config = {});
  [[nodiscard]] Tensor operator()(const Tensor& video, const ClipBatch& real) const;
  [[nodiscard]] FramePass operator()(const ClipFrames& video, const ClipBatch& first) const;

 private:
  Tensor palette_;
  RelativeChromaFinderConfig config_;
};

/// Settings of `HistogramFinder`.
struct HistogramFinderConfig {
  std::int64_t bins = 8;  // along each of R, G and B
  double prior = 0.5;     // pixels added to every bin
  double reach = 0.125;   // how far an object may move in one frame, of the picture's longer side
};

/// For real clips: colour histograms of each object and of all else, counted in the real first frame
/// under its true mask (generated clips are given that frame); then pixels that are likelier the object's,
/// averaged over 3x3, within `reach` of where the object was found in the frame before.
/// It knows colour and nearness only: objects that look like their surroundings are found too
/// large, and one that is lost is looked for where it was last seen. Compare generated clips with the figure that the
/// same finder reaches on the real ones, not with 1.
class FLASHMOTION_EXPORT HistogramFinder {
 public:
  /// Throws InputError for settings out of range.
  explicit HistogramFinder(const HistogramFinderConfig& config = {});
  [[nodiscard]] Tensor operator()(const Tensor& video, const ClipBatch& real) const;
  [[nodiscard]] FramePass operator()(const ClipFrames& video, const ClipBatch& first) const;

 private:
  HistogramFinderConfig config_;
};

}  // namespace flashmotion
