#pragma once

#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// Brings the features of an image encoder to the width of the transformer (Wan 2.1 I2V). Its norms keep their own
/// epsilon, and its GELU is the exact one.
class ImageEmbeddingImpl : public torch::nn::Module {
 public:
  ImageEmbeddingImpl(std::int64_t image_width, std::int64_t width, Storage storage = Storage::owned) {
    constexpr double kEpsilon = 1e-5;
    proj_->push_back(LayerNorm(image_width, kEpsilon, storage));
    proj_->push_back(Linear(image_width, image_width, true, storage));
    proj_->push_back(torch::nn::GELU());
    proj_->push_back(Linear(image_width, width, true, storage));
    proj_->push_back(LayerNorm(width, kEpsilon, storage));
    register_module("proj", proj_);
  }
  /// [B, M, image_width] to [B, M, D].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& tokens) const {
    torch::Tensor x = proj_->at<LinearImpl>(1).forward(proj_->at<LayerNormImpl>(0).forward(tokens));
    x = proj_->at<LinearImpl>(3).forward(at::gelu(x));
    return proj_->at<LayerNormImpl>(4).forward(x);
  }

 private:
  torch::nn::ModuleList proj_;
};
TORCH_MODULE(ImageEmbedding);

}  // namespace flashmotion::nn
