#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/video_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace flashmotion {

/// A video with three pictures side by side: the real clip with its boxes; the generated clip; the same with what was
/// found of the objects in their colours, and the boxes that they should fill. Wide pictures are made smaller. Frames
/// are written as they come, and the file appears at `finish`.
class FLASHMOTION_EXPORT CasePreview {
 public:
  /// `boxes` [K, F, 4] and `colours` [K, 3] of the real clip.
  CasePreview(std::filesystem::path file, Tensor boxes, Tensor colours, double fps);

  /// The next frames, of one size: `real` and `video` [3, n, H, W] in [-1, 1], `found` [K, n, H, W] bool. Throws
  /// InputError when the file cannot be written.
  void add(const Tensor& real, const Tensor& video, const Tensor& found);
  void finish();

 private:
  std::filesystem::path file_;
  Tensor boxes_, colours_;
  double fps_;
  std::int64_t frames_ = 0;
  std::optional<VideoWriter> writer_;
};

}  // namespace flashmotion
