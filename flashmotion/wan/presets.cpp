#include "flashmotion/wan/presets.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace flashmotion::wan {
namespace presets_detail {

constexpr DitConfig transformer(std::int64_t width, std::int64_t heads, std::int64_t blocks, std::int64_t ffn_width,
                                std::int64_t condition_channels = 0, std::int64_t image_width = 0) {
  DitConfig config;
  config.latent_channels = 16;
  config.width = width;
  config.heads = heads;
  config.blocks = blocks;
  config.ffn_width = ffn_width;
  config.condition_channels = condition_channels;
  config.image_width = image_width;
  return config;
}

constexpr std::int64_t kMaskAndLatent = 20;  // channels of the picture's condition
constexpr std::int64_t kClipWidth = 1280;

constexpr std::array kPresets{
    Preset{.name = "wan21_t2v_1_3b", .dit = transformer(1536, 12, 30, 8960)},
    Preset{.name = "wan21_t2v_14b", .dit = transformer(5120, 40, 40, 13824)},
    Preset{.name = "wan21_i2v_14b", .dit = transformer(5120, 40, 40, 13824, kMaskAndLatent, kClipWidth), .steps = 40},
    Preset{.name = "wan22_ti2v_5b", .frames = 121, .fps = 24, .stride = {4, 16, 16}},
    Preset{.name = "wan22_t2v_a14b",
           .dit = transformer(5120, 40, 40, 13824),
           .boundary = 0.875,
           .shift = 12.0,
           .steps = 40,
           .guidance = 3.0,
           .guidance_high_noise = 4.0},
    Preset{.name = "wan22_i2v_a14b",
           .dit = transformer(5120, 40, 40, 13824, kMaskAndLatent),
           .boundary = 0.9,
           .steps = 40,
           .guidance = 3.5,
           .guidance_high_noise = 3.5},
};

}  // namespace presets_detail

std::span<const Preset> presets() { return presets_detail::kPresets; }

const Preset& preset(std::string_view name) {
  std::vector<std::string> names;
  for (const Preset& known : presets()) {
    if (known.name == name) return known;
    names.emplace_back(known.name);
  }
  throw InputError(fmt::format("no model named '{}'{}", name, suggestion(name, names, "there are")));
}

}  // namespace flashmotion::wan
