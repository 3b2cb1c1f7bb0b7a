#pragma once

#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/torch_pickle.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>

namespace flashmotion::metrics_detail {

/// The Inception-v3 (Szegedy et al., 2016) that FID is measured with, up to its last pooling. It differs from
/// torchvision's: mean pools count no padding, and the last block has a maximum pool in the place of its mean pool.
class Inception {
 public:
  static constexpr std::int64_t kWidth = 2048;

  /// Weights under torchvision's names; batch normalisation is worked into them. Throws InputError when one is missing
  /// or has another shape.
  explicit Inception(const TorchPickleFile& weights);
  /// [n, 2048] float32 of pictures [n, 3, H, W] uint8.
  [[nodiscard]] Tensor operator()(const Tensor& pictures) const;

 private:
  struct Convolution {
    Tensor weight, bias;
  };

  // Convolution and ReLU: one that keeps the extent, one that does not.
  [[nodiscard]] Tensor conv(const std::string& name, const Tensor& x) const;
  [[nodiscard]] Tensor narrowing(const std::string& name, const Tensor& x, std::int64_t stride = 2) const;
  // One after the other: `prefix` and each ending.
  [[nodiscard]] Tensor chain(const std::string& prefix, std::initializer_list<const char*> endings,
                             const Tensor& x) const;
  [[nodiscard]] Tensor block35(const std::string& name, const Tensor& x) const;
  [[nodiscard]] Tensor block17(const std::string& name, const Tensor& x) const;
  [[nodiscard]] Tensor block8(const std::string& name, const Tensor& x, bool maximum) const;

  std::map<std::string, Convolution> convolutions_;
};

}  // namespace flashmotion::metrics_detail
