#pragma once

#include "flashmotion/core/tensor.hpp"

#include <unordered_map>

namespace flashmotion::nn {

/// What the causal layers of a network remember of a clip that comes in chunks. One object for each clip and network;
/// the layers themselves hold no state. A whole clip is one chunk that is the first and the last.
class ConvHistory {
 public:
  /// Call before each chunk. After the last one nothing is kept.
  void begin_chunk(bool last) {
    first_ = !begun_;
    begun_ = true;
    last_ = last;
  }
  [[nodiscard]] bool first() const { return first_; }
  [[nodiscard]] bool last() const { return last_; }
  /// Frames [B, C, n, H, W] that the layer has kept; undefined when there are none.
  [[nodiscard]] Tensor& frames_of(const void* layer) { return frames_[layer]; }

 private:
  std::unordered_map<const void*, Tensor> frames_;
  bool begun_ = false;
  bool first_ = true;
  bool last_ = false;
};

}  // namespace flashmotion::nn
