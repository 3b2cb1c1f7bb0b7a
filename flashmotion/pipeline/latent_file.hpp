#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/pipeline/clip_size.hpp"

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace flashmotion {

/// A denoised clip before it is decoded.
struct ClipLatents {
  Tensor latent;  // [1, C, T, h, w] float32
  PixelSize size;
  std::int64_t frames = 0;
  double fps = 0;
  std::uint64_t seed = 0;
  std::string prompt{};
  std::string model{};                       // the checkpoint's folder
  std::string inputs{};                      // digest of all that the clip was made from
  at::ScalarType vae_dtype = at::kBFloat16;  // that it is meant to be decoded in
};

/// `clip.latents.safetensors` beside `clip.mp4`.
[[nodiscard]] FLASHMOTION_EXPORT std::filesystem::path latents_beside(const std::filesystem::path& clip);

/// Writes a safetensors file, whole or not at all, with the rest as metadata.
FLASHMOTION_EXPORT void write_latents(const std::filesystem::path& path, const ClipLatents& clip);

/// Throws InputError when the file is no such one, is damaged, or contradicts itself.
[[nodiscard]] FLASHMOTION_EXPORT ClipLatents read_latents(const std::filesystem::path& path);

}  // namespace flashmotion
