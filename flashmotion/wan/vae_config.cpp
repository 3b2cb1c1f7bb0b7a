#include "flashmotion/wan/vae_config.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace flashmotion::wan {

std::int64_t VaeConfig::spatial_factor() const {
  const auto halvings = static_cast<std::int64_t>(dim_mult.size()) - 1;
  return (version == VaeVersion::wan22 ? 2 : 1) * (std::int64_t{1} << halvings);
}

std::int64_t VaeConfig::temporal_factor() const {
  return std::int64_t{1} << std::count(temporal_downsample.begin(), temporal_downsample.end(), true);
}

VaeConfig vae21() {
  VaeConfig c;
  c.version = VaeVersion::wan21;
  c.dim = 96;
  c.decoder_dim = 96;
  c.z_dim = 16;
  c.latents_mean = {-0.7571, -0.7089, -0.9113, 0.1075,  -0.1745, 0.9653,  -0.1517, 1.5508,
                    0.4134,  -0.0715, 0.5517,  -0.3632, -0.1922, -0.9497, 0.2503,  -0.2921};
  c.latents_std = {2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
                   3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160};
  return c;
}

VaeConfig vae22() {
  VaeConfig c;
  c.latents_mean = {-0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174,  0.1838,  0.1557,  -0.1382, 0.0542,
                    0.2813,  0.0891,  0.1570,  -0.0098, 0.0375,  -0.1825, -0.2246, -0.1207, -0.0698, 0.5109,
                    0.2665,  -0.2108, -0.2158, 0.2502,  -0.2055, -0.0322, 0.1109,  0.1567,  -0.0729, 0.0899,
                    -0.2799, -0.1230, -0.0313, -0.1649, 0.0117,  0.0723,  -0.2839, -0.2083, -0.0520, 0.3748,
                    0.0152,  0.1957,  0.1433,  -0.2944, 0.3573,  -0.0548, -0.1681, -0.0667};
  c.latents_std = {0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901,
                   0.6885, 0.6165, 0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659,
                   0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944,
                   0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600, 0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744};
  return c;
}

void validate(const VaeConfig& c) {
  if (c.dim_mult.empty() || c.dim_mult.size() > 8) {
    throw InputError(fmt::format("'dim_mult' has {} entries; give one for each level, 1 to 8", c.dim_mult.size()));
  }
  if (c.temporal_downsample.size() + 1 != c.dim_mult.size()) {
    throw InputError(fmt::format("'temporal_downsample' has {} entries; give one less than the {} of 'dim_mult'",
                                 c.temporal_downsample.size(), c.dim_mult.size()));
  }
  for (const auto& [name, values] :
       {std::pair{"latents_mean", &c.latents_mean}, std::pair{"latents_std", &c.latents_std}}) {
    if (!values->empty() && static_cast<std::int64_t>(values->size()) != c.z_dim) {
      throw InputError(fmt::format("'{}' has {} entries; give one for each of the {} channels of the latent, or none",
                                   name, values->size(), c.z_dim));
    }
  }
  if (std::any_of(c.latents_std.begin(), c.latents_std.end(), [](double s) { return !(s > 0); })) {
    throw InputError("'latents_std' has an entry that is not above 0; leave the list away for 1 everywhere");
  }
  if (c.version == VaeVersion::wan21) {
    if (c.decoder_dim != c.dim) {
      throw InputError(
          fmt::format("'decoder_dim' is {}, but in Wan 2.1 it is that of the encoder; use {}", c.decoder_dim, c.dim));
    }
    for (std::size_t i = 1; i < c.dim_mult.size(); ++i) {
      if (c.dim * c.dim_mult[i] % 2 != 0) {
        throw InputError(
            fmt::format("'dim' {} times {} of 'dim_mult' is odd; Wan 2.1 halves the channels where it doubles the rows",
                        c.dim, c.dim_mult[i]));
      }
    }
    return;
  }
  // The shortcuts of Wan 2.2 take whole groups of channels.
  for (std::size_t i = 0; i + 1 < c.dim_mult.size(); ++i) {
    const bool last = i + 2 == c.dim_mult.size();
    const std::int64_t a = c.dim_mult[i], b = c.dim_mult[i + 1];
    if (last ? a != b : (b != a && b != 2 * a)) {
      throw InputError(fmt::format("'dim_mult' goes from {} to {}; Wan 2.2 takes {}", a, b,
                                   last ? "equal entries at its end" : "the same or the double"));
    }
  }
  if (c.dim_mult.front() != 1) throw InputError("'dim_mult' must begin with 1 in Wan 2.2");
}

}  // namespace flashmotion::wan
