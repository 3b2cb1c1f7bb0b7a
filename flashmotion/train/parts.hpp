#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_codec.hpp"
#include "flashmotion/core/any/any_dataset.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/recipe/component.hpp"

#include <cstdint>
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
/// Fits the codec to clips of the dataset, drawn from a fixed seed.
[[nodiscard]] FLASHMOTION_EXPORT AnyCodec make_codec(const ComponentNode& table, const AnyDataset& dataset);
/// The codec of a checkpoint.
[[nodiscard]] FLASHMOTION_EXPORT AnyCodec load_codec(const ComponentNode& table, const NamedTensors& tensors);
/// Weights drawn from the seed.
[[nodiscard]] FLASHMOTION_EXPORT AnyGenerator make_generator(const ComponentNode& table, std::uint64_t seed);

}  // namespace flashmotion
