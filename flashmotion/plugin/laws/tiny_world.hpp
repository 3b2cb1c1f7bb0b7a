#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"
#include "flashmotion/plugin/build_context.hpp"

#include <cstddef>

// A generator of the toy recipes' kind, smaller still, and whole requests for what works with it.

namespace flashmotion::tiny_world {

constexpr std::int64_t kClips = 2;
constexpr Grid kGrid{3, 4, 4};

/// What components are built from: 4 blocks of width 32 on latents of 6 channels, patches of one cell.
[[nodiscard]] FLASHMOTION_EXPORT BuildContext context();

/// Everything defined, [2, C, 3, 4 p_h, 4 p_w], on the device.
[[nodiscard]] FLASHMOTION_EXPORT AdapterRequest adapter_request(const GeneratorSpec& spec,
                                                                c10::Device device = c10::kCPU);
[[nodiscard]] FLASHMOTION_EXPORT HeadRequest head_request(const GeneratorSpec& spec, std::size_t taps,
                                                          c10::Device device = c10::kCPU);

}  // namespace flashmotion::tiny_world
