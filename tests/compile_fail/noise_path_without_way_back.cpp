// expect: NoisePath
// expect: to_clean
#include "flashmotion/core/concepts/noise_path.hpp"

namespace fm = flashmotion;

struct MyPath {
  fm::Tensor diffuse(const fm::Tensor& x, const fm::Tensor&, const fm::Tensor&) const { return x; }
  fm::Tensor target(const fm::Tensor& x, const fm::Tensor&) const { return x; }
#ifdef FLASHMOTION_MENDED
  fm::Tensor to_clean(const fm::Tensor& x, const fm::Tensor&, const fm::Tensor&) const { return x; }
#endif
};
static_assert(fm::NoisePath<MyPath>);
