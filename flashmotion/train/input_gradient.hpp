#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Gradient of a scalar by `input`, in the shape of `input`, with a graph of its own: what is made of it can be
/// differentiated again. `input` must require a gradient and the scalar depend on it.
[[nodiscard]] FLASHMOTION_EXPORT Tensor input_gradient(const Tensor& scalar, const Tensor& input);

/// While it lives, attention takes the operators that can be differentiated twice; LibTorch's fused ones cannot. The
/// choice is LibTorch's and holds for the whole process.
class FLASHMOTION_EXPORT TwiceDifferentiable {
 public:
  TwiceDifferentiable();
  ~TwiceDifferentiable();
  TwiceDifferentiable(const TwiceDifferentiable&) = delete;
  TwiceDifferentiable& operator=(const TwiceDifferentiable&) = delete;

 private:
  bool flash_, efficient_, cudnn_, math_;
};

}  // namespace flashmotion
