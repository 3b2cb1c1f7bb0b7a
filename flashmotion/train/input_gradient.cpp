#include "flashmotion/train/input_gradient.hpp"

#include <torch/torch.h>

namespace flashmotion {

Tensor input_gradient(const Tensor& scalar, const Tensor& input) {
  return torch::autograd::grad({scalar}, {input}, /*grad_outputs=*/{}, /*retain_graph=*/true, /*create_graph=*/true)
      .front();
}

TwiceDifferentiable::TwiceDifferentiable()
    : flash_(at::globalContext().userEnabledFlashSDP()),
      efficient_(at::globalContext().userEnabledMemEfficientSDP()),
      cudnn_(at::globalContext().userEnabledCuDNNSDP()),
      math_(at::globalContext().userEnabledMathSDP()) {
  at::globalContext().setSDPUseFlash(false);
  at::globalContext().setSDPUseMemEfficient(false);
  at::globalContext().setSDPUseCuDNN(false);
  at::globalContext().setSDPUseMath(true);
}

TwiceDifferentiable::~TwiceDifferentiable() {
  at::globalContext().setSDPUseFlash(flash_);
  at::globalContext().setSDPUseMemEfficient(efficient_);
  at::globalContext().setSDPUseCuDNN(cudnn_);
  at::globalContext().setSDPUseMath(math_);
}

}  // namespace flashmotion
