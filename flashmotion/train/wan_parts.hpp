#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_codec.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/weight_numbers.hpp"
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/vae_config.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>

// Parts of a recipe that come from a Wan checkpoint.

namespace flashmotion {

/// Settings of Wan's autoencoder as a codec.
struct WanVaeConfig {
  std::string checkpoint;
  wan::VaeVersion version = wan::VaeVersion::wan22;
  std::int64_t channels = 48;
  WeightNumbers dtype = WeightNumbers::bf16;

  static void fields(auto& f, auto& c) {
    f("checkpoint", c.checkpoint, required, NotEmpty{},
      "folder of a Wan checkpoint, or the autoencoder's file; relative to the recipe");
    f("version", c.version, Choices<wan::VaeVersion>{}, "which of the released autoencoders");
    f("channels", c.channels, Range{1, 4096}, "channels of the latent: 48 of wan22, 16 of wan21");
    f("dtype", c.dtype, Choices<WeightNumbers>{}, "numbers that it computes in");
  }
};

/// Pixels along a side, and frames after the first, of a latent's number; channels of the latent.
struct CodecExtent {
  std::int64_t patch = 0, group = 0, channels = 0;
};
[[nodiscard]] FLASHMOTION_EXPORT CodecExtent extent_of(const WanVaeConfig& config);

/// Opens the autoencoder of a checkpoint. Clips are encoded one at a time, so that a clip's latent does not depend on
/// its batch; latents come as float32 on the CPU. It gives no tensors to keep: they stay in the checkpoint. Throws
/// InputError when there is none or it is of another version.
[[nodiscard]] FLASHMOTION_EXPORT AnyCodec open_wan_vae(const WanVaeConfig& config, const std::filesystem::path& folder,
                                                       const c10::Device& device);

/// UMT5 of a checkpoint's folder as the encoder of prompts: [B, length, width] float32, rows of padding zero. It is
/// opened here and read when a prompt comes that it has not seen; prompts are kept. Throws InputError when the folder
/// lacks the encoder or its tokenizer, or another width is wanted.
[[nodiscard]] FLASHMOTION_EXPORT PromptEncoder open_umt5(const std::filesystem::path& checkpoint, std::int64_t width,
                                                         std::int64_t length, WeightNumbers dtype,
                                                         const c10::Device& device);

/// Whether a file or folder is to be read as a checkpoint of the Wan family, and not as what a stage left.
[[nodiscard]] FLASHMOTION_EXPORT bool is_wan_checkpoint(const std::filesystem::path& path);

/// Weights of a checkpoint's transformer under original names, as views of its files. Throws InputError when they do
/// not fit `config`.
[[nodiscard]] FLASHMOTION_EXPORT NamedTensors wan_transformer(const std::filesystem::path& path,
                                                              const std::string& weights, const wan::DitConfig& config);

}  // namespace flashmotion
