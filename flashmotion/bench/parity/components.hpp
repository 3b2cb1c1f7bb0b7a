#pragma once

#include "flashmotion/bench/parity/fixture.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion::parity {

// One function a family of components: everything that its fixtures expect, computed by the library. They throw
// InputError when the fixture lacks something, or asks for what the library does not have.

[[nodiscard]] NamedTensors compute_dmd_math(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_schedulers(const Fixture& fixture);

}  // namespace flashmotion::parity
