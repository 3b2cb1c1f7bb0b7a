#pragma once

#include "flashmotion/core/tensor.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace flashmotion {

/// The labels of a clip's masks, gathered frame by frame, so that full-size masks need not be kept.
class LabelTrack {
 public:
  LabelTrack(std::int64_t height, std::int64_t width) : height_(height), width_(width) {}

  /// Adds the labels of the next frame, uint8 [h, w] of any size.
  void add(const Tensor& labels);
  [[nodiscard]] std::int64_t frames() const { return frames_; }
  /// Number of different labels but 0.
  [[nodiscard]] std::size_t labels() const { return tracks_.size(); }

  struct Objects {
    Tensor labels;           // [T, H, W] uint8, 0 or 1 + index
    Tensor boxes;            // [K, T, 4] float32 normalised, zero where not seen
    std::int64_t count = 0;  // K
  };
  /// The objects, the largest mean share of the picture first: at most so many, each of at least this share.
  [[nodiscard]] Objects objects(std::int64_t most, double least_share) const;

 private:
  struct Seen {
    std::int64_t frame = 0;
    double share = 0;            // of the whole picture
    std::array<float, 4> box{};  // tight, from the full-size mask
    Tensor cover;                // [H, W] float32, share of each small pixel
  };
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t frames_ = 0;
  std::map<std::int64_t, std::vector<Seen>> tracks_;
};

}  // namespace flashmotion
