#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_codec.hpp"
#include "flashmotion/core/any/any_dataset.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/train/wan_parts.hpp"
#include "flashmotion/wan/dit.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion {

// The parts that are built in: datasets, codecs and generators by their words in a recipe. `check_…` reports every
// mistake in the table and fills in `resolved`; nothing is built. `make_…` expects a table that was found right.

FLASHMOTION_EXPORT void check_dataset(ComponentNode& table, Reporter& reporter);
FLASHMOTION_EXPORT void check_codec(ComponentNode& table, Reporter& reporter);
FLASHMOTION_EXPORT void check_generator(ComponentNode& table, Reporter& reporter);

/// Reports where tables that are right each by itself do not fit together: widths, channels, extents.
FLASHMOTION_EXPORT void check_fit(const ComponentNode& dataset, const ComponentNode& codec,
                                  const ComponentNode& generator, std::int64_t text_width, Reporter& reporter);

/// `notes` receives a line for each thing that was left out, such as a damaged clip.
[[nodiscard]] FLASHMOTION_EXPORT AnyDataset make_dataset(const ComponentNode& table, std::vector<std::string>& notes);
/// Fits the codec to clips of the dataset, drawn from a fixed seed, or opens what the table names, relative to
/// `folder`. Clips and latents are on the CPU; an autoencoder computes on `device`, a linear codec on the CPU.
[[nodiscard]] FLASHMOTION_EXPORT AnyCodec make_codec(const ComponentNode& table, const AnyDataset& dataset,
                                                     const std::filesystem::path& folder,
                                                     const c10::Device& device = c10::kCPU);
/// The codec of what a run kept, or, of one that keeps nothing, what the table names.
[[nodiscard]] FLASHMOTION_EXPORT AnyCodec load_codec(const ComponentNode& table, const NamedTensors& tensors,
                                                     const std::filesystem::path& folder,
                                                     const c10::Device& device = c10::kCPU);
/// Pixels and frames to a latent's number, and the latent's channels.
[[nodiscard]] FLASHMOTION_EXPORT CodecExtent extent_of(const ComponentNode& codec);
/// Whether latents of the dataset were made ahead of time.
[[nodiscard]] FLASHMOTION_EXPORT bool is_encoded(const ComponentNode& dataset);
/// Extent of the clips that the dataset is going to give, as far as the recipe says it.
[[nodiscard]] FLASHMOTION_EXPORT ClipSpec clips_of(const ComponentNode& dataset);

/// Weights drawn from the seed.
[[nodiscard]] FLASHMOTION_EXPORT AnyGenerator make_generator(const ComponentNode& table, std::uint64_t seed);
/// The generator for weights that are put in place later: it has no memory of its own.
[[nodiscard]] FLASHMOTION_EXPORT wan::DitGenerator make_empty_generator(const ComponentNode& table);
/// The generator's settings.
[[nodiscard]] FLASHMOTION_EXPORT wan::DitConfig generator_config(const ComponentNode& table);

}  // namespace flashmotion
