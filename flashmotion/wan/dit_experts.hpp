#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/wan/dit.hpp"

namespace flashmotion::wan {

/// Two transformers of one configuration as one generator (Wan 2.2 A14B): one for high noise, from the boundary on, and
/// one for low noise. A pass touches the weights of one of them only.
class FLASHMOTION_EXPORT DitExperts {
 public:
  /// `boundary` is a noise level: the expert for high noise is used while sigma >= boundary. Throws InputError when the
  /// two differ in their layout.
  DitExperts(DitGenerator high_noise, DitGenerator low_noise, double boundary);

  /// Names begin with `high_noise_model.` or `low_noise_model.`, the folders of the releases.
  [[nodiscard]] NamedTensors named_tensors() const;
  void set_training(bool on);
  /// That of either.
  [[nodiscard]] GeneratorSpec spec() const;
  /// Throws InputError when the clips of the batch lie on both sides of the boundary, or as the expert does.
  [[nodiscard]] DenoiseResult denoise(const DenoiseRequest& request);

  /// The expert for clips at these noise levels, [B] or [B, ..]; a clip's level is the highest of its frames.
  [[nodiscard]] DitGenerator& expert(const Tensor& sigma);

 private:
  DitGenerator high_noise_, low_noise_;
  double boundary_;
};

static_assert(Generator<DitExperts>);

}  // namespace flashmotion::wan
