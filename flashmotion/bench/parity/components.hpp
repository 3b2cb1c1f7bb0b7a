#pragma once

#include "flashmotion/bench/parity/fixture.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion::parity {

// One function a family of components: everything that its fixtures expect, computed by the library. They throw
// InputError when the fixture lacks something, or asks for what the library does not have.

[[nodiscard]] NamedTensors compute_cfg(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_clip_vision(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_dit(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_dit_bf16(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_dmd_math(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_experts(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_prompt_cleaning(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_schedulers(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_tokenizer(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_umt5(const Fixture& fixture);
[[nodiscard]] NamedTensors compute_vae(const Fixture& fixture);

// Results that stand as texts in fixture.json: text as bytes, ids as numbers.
[[nodiscard]] NamedTensors wanted_prompt_cleaning(const Fixture& fixture);
[[nodiscard]] NamedTensors wanted_tokenizer(const Fixture& fixture);

}  // namespace flashmotion::parity
