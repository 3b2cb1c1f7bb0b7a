#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/core/regime.hpp"
#include "flashmotion/nn/packed_weight.hpp"
#include "flashmotion/pipeline/wan_folder.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae.hpp"

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>
#include <string>

namespace flashmotion {

/// Where and in which numbers networks compute.
struct Arithmetic {
  c10::Device device{c10::kCPU};
  at::ScalarType dtype = at::kBFloat16;      // of text encoder and transformer
  at::ScalarType vae_dtype = at::kBFloat16;  // of the autoencoder
  Regime regime = Regime::diffusers_bf16;    // of the transformer; fp32 with float32
};

/// Where the matrices of a network's blocks are kept.
struct BlockPlacement {
  nn::WeightFormat format = nn::WeightFormat::plain;
  std::optional<std::int64_t> resident{};  // blocks that stay on the device, the others come to it when they are run;
                                           // all when not given
};

// Each gives a network whose weights lie on the device: views of the files where these hold such numbers and the device
// is the CPU, which takes no memory of its own; copies otherwise, tensor by tensor. They go with the network. The text
// encoder's table of tokens stays in its file.

[[nodiscard]] FLASHMOTION_EXPORT wan::Umt5Encoder load_text_encoder(const WanFolder& folder,
                                                                    const Arithmetic& arithmetic,
                                                                    const BlockPlacement& placement,
                                                                    const ProgressOptions& progress);
/// `component` is a checkpoint's autoencoder.
[[nodiscard]] FLASHMOTION_EXPORT wan::Vae load_vae(const wan::CheckpointComponent& component,
                                                   const Arithmetic& arithmetic, const ProgressOptions& progress);
/// One transformer with the weights of `component`, as it computes in these numbers. `title` is that of the progress.
[[nodiscard]] FLASHMOTION_EXPORT wan::DitGenerator load_dit(const wan::CheckpointComponent& component,
                                                            const wan::DitConfig& config, const Arithmetic& arithmetic,
                                                            const BlockPlacement& placement, const std::string& title,
                                                            const ProgressOptions& progress);
/// The transformer, or two experts as one.
[[nodiscard]] FLASHMOTION_EXPORT AnyGenerator load_transformer(const WanFolder& folder, const Arithmetic& arithmetic,
                                                               const BlockPlacement& placement,
                                                               const ProgressOptions& progress);

/// Lets the system take back the memory of a network's files, once it has done its work.
FLASHMOTION_EXPORT void forget_weights(const wan::CheckpointComponent& component);

/// The transformer's configuration with the regime of these numbers.
[[nodiscard]] FLASHMOTION_EXPORT wan::DitConfig dit_config_for(const wan::DitConfig& config,
                                                               const Arithmetic& arithmetic);

}  // namespace flashmotion
