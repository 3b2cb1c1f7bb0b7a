#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/wan/dit.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace flashmotion::wan {

/// A released model: its transformer and what its authors sample it with. For Wan 2.1 shift, steps and guidance are the
/// defaults of the release's command line; for the 1.3B model and for 480p its notes advise others.
struct Preset {
  std::string_view name;
  DitConfig dit{};
  std::optional<double> boundary{};  // sigma from which the expert for high noise is used; none: a single transformer
  double shift = 5.0;                // of the noise schedule
  std::int64_t steps = 50;
  double guidance = 5.0;             // classifier-free; with two experts that of the one for low noise
  double guidance_high_noise = 5.0;  // the same number where there is one transformer
  std::int64_t frames = 81;          // of a video
  std::int64_t fps = 16;
  std::array<std::int64_t, 3> stride{4, 8, 8};  // video frames, rows and columns of a latent's number
};

/// wan21_t2v_1_3b, wan21_t2v_14b, wan21_i2v_14b, wan22_ti2v_5b, wan22_t2v_a14b, wan22_i2v_a14b.
[[nodiscard]] FLASHMOTION_EXPORT std::span<const Preset> presets();

/// Throws InputError for an unknown name.
[[nodiscard]] FLASHMOTION_EXPORT const Preset& preset(std::string_view name);

}  // namespace flashmotion::wan
