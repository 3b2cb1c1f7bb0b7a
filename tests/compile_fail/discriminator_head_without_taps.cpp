// expect: DiscriminatorHead
// expect: tap_blocks
#include "flashmotion/core/concepts/discriminator_head.hpp"

namespace fm = flashmotion;

struct MyHead {
  fm::NamedTensors named_tensors() const { return {}; }
  void set_training(bool) {}
#ifdef FLASHMOTION_MENDED
  std::vector<std::int64_t> tap_blocks(const fm::GeneratorSpec&) const { return {}; }
#endif
  fm::Tensor logits(const fm::HeadRequest&) { return {}; }
};
static_assert(fm::DiscriminatorHead<MyHead>);
