#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/pipeline/pipeline_request.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/registry.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// How all clips of a request are sampled, with the model's own where the request says nothing.
struct ClipSettings {
  std::int64_t frames = 0;
  double fps = 0;
  std::string sampler_text;  // its component and keys
  AnySampler sampler;
  double guidance = 1.0;
  double guidance_high_noise = 1.0;
  std::optional<double> boundary;  // noise level from which the second guidance holds
  std::string negative;

  [[nodiscard]] bool guided() const { return guidance != 1.0 || (boundary && guidance_high_noise != 1.0); }
};

/// Throws InputError when something is out of range or the sampler is unknown.
[[nodiscard]] FLASHMOTION_EXPORT ClipSettings settings_of(const PipelineRequest& request, const WanFolder& folder,
                                                          Catalog& catalog, PluginHost& host, const Logger& log);

/// A clip that can be made: what was given has been read and fits.
struct PreparedClip {
  ClipCase asked;
  PixelSize size;
  std::string prompt;
  std::optional<Trajectory> trajectory;  // in the clip's frames
  std::filesystem::path latents;         // file
  std::string inputs;                    // digest of all that it is made from
  bool denoised = false;                 // the file holds it
  ClipCost cost{};
};

/// All clips of a request that are not finished. `adapter` is the digest of the adapter's weights. Throws InputError
/// for what is wrong with any of them; nothing has been written then.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<PreparedClip> prepare_clips(const PipelineRequest& request,
                                                                         const WanFolder& folder,
                                                                         const ClipSettings& settings,
                                                                         std::string_view adapter, const Logger& log);

}  // namespace flashmotion
