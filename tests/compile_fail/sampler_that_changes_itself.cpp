// expect: Sampler
// expect: s.step(
#include "flashmotion/core/concepts/sampler.hpp"

namespace fm = flashmotion;

#ifdef FLASHMOTION_MENDED
#define MAYBE_CONST const
#else
#define MAYBE_CONST
#endif

// A sampler serves many clips at once, so what it remembers lives in the state and not in itself.
struct MySampler {
  std::span<const double> sigmas() const { return {}; }
  fm::Tensor step(const fm::Tensor& x, const fm::Tensor&, std::size_t, fm::SamplerState&, fm::Rng&) MAYBE_CONST {
    return x;
  }
};
static_assert(fm::Sampler<MySampler>);
