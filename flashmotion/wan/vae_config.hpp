#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion::wan {

/// Which of the two released autoencoders.
enum class VaeVersion {
  wan21,  // 8 x 8 pixels and 4 frames to a latent of 16 channels
  wan22,  // 16 x 16 pixels and 4 frames to 48 channels; pixels unshuffled by 2, shortcuts round every level
};

/// The defaults are Wan 2.2's, but for the statistics of the latents, which `vae21` and `vae22` give.
struct VaeConfig {
  VaeVersion version = VaeVersion::wan22;
  std::int64_t dim = 160;
  std::int64_t decoder_dim = 256;
  std::int64_t z_dim = 48;
  std::vector<std::int64_t> dim_mult{1, 2, 4, 4};
  std::int64_t num_res_blocks = 2;
  std::vector<bool> temporal_downsample{false, true, true};
  std::vector<double> latents_mean{};
  std::vector<double> latents_std{};

  /// Pixels along a side of the frame to one of the latent.
  [[nodiscard]] FLASHMOTION_EXPORT std::int64_t spatial_factor() const;
  /// Frames to one latent frame, after frame 0.
  [[nodiscard]] FLASHMOTION_EXPORT std::int64_t temporal_factor() const;

  static void fields(auto& f, auto& c) {
    f("version", c.version, Choices<VaeVersion>{}, "which of the released autoencoders");
    f("dim", c.dim, Range{1, 4096}, "channels of the encoder's first level");
    f("decoder_dim", c.decoder_dim, Range{1, 4096}, "channels of the decoder's last level");
    f("z_dim", c.z_dim, Range{1, 4096}, "channels of the latent");
    f("dim_mult", c.dim_mult, Range{1, 64}, "channels of each level in units of the first");
    f("num_res_blocks", c.num_res_blocks, Range{1, 64}, "residual blocks of a level of the encoder");
    f("temporal_downsample", c.temporal_downsample, "whether each level but the last halves the frames too");
    f("latents_mean", c.latents_mean, "mean of each latent channel; none: 0");
    f("latents_std", c.latents_std, "standard deviation of each latent channel; none: 1");
  }
};

/// The released autoencoders, their latents' statistics included.
[[nodiscard]] FLASHMOTION_EXPORT VaeConfig vae21();
[[nodiscard]] FLASHMOTION_EXPORT VaeConfig vae22();

/// Throws InputError when the configuration contradicts itself.
FLASHMOTION_EXPORT void validate(const VaeConfig& config);

}  // namespace flashmotion::wan

template <>
struct flashmotion::EnumNames<flashmotion::wan::VaeVersion> {
  static constexpr std::array values{std::pair{flashmotion::wan::VaeVersion::wan21, std::string_view("wan21")},
                                     std::pair{flashmotion::wan::VaeVersion::wan22, std::string_view("wan22")}};
};
