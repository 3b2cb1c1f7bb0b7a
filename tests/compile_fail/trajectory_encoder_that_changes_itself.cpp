// expect: TrajectoryEncoder
// expect: e.encode(
#include "flashmotion/core/concepts/trajectory_encoder.hpp"

namespace fm = flashmotion;

#ifdef FLASHMOTION_MENDED
#define MAYBE_CONST const
#else
#define MAYBE_CONST
#endif

// Equal requests give equal maps, so an encoder remembers nothing.
struct MyEncoder {
  fm::Tensor encode(const fm::TrajectoryRequest& request) MAYBE_CONST { return request.boxes; }
};
static_assert(fm::TrajectoryEncoder<MyEncoder>);
