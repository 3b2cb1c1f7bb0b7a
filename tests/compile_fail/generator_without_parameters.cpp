// expect: Trainable
// expect: named_tensors
#include "flashmotion/core/concepts/generator.hpp"

namespace fm = flashmotion;

struct MyGenerator {
#ifdef FLASHMOTION_MENDED
  fm::NamedTensors named_tensors() const { return {}; }
#endif
  void set_training(bool) {}
  fm::GeneratorSpec spec() const { return {}; }
  fm::DenoiseResult denoise(const fm::DenoiseRequest&) { return {}; }
};
static_assert(fm::Generator<MyGenerator>);
