#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/registry.hpp"

#include <filesystem>
#include <string>

namespace flashmotion {

/// An adapter that a stage left, and what draws the trajectories that it reads. Its weights are views of the file.
struct StoredAdapter {
  std::string kind;    // word of its component
  std::string digest;  // SHA-256 of what the file says
  AnyAdapter adapter;  // on the CPU, in the file's numbers
  AnyTrajectoryEncoder trajectory;
};

/// Opens an adapter's file for a model. Which component it is says the file itself, or the recipe of the run folder
/// that it lies in; a plugin that brings it is looked for. Throws InputError when the file does not say it or is
/// damaged, when no plugin brings the component, and when it was made for another model.
[[nodiscard]] FLASHMOTION_EXPORT StoredAdapter open_adapter(const std::filesystem::path& file,
                                                            const GeneratorSpec& spec, const std::string& model,
                                                            Catalog& catalog, PluginHost& host);

/// Moves its weights to where the generator computes.
FLASHMOTION_EXPORT void place_adapter(StoredAdapter& stored, const Arithmetic& arithmetic);

}  // namespace flashmotion
