#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/clip_vision.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae_config.hpp"

#include <string>

namespace flashmotion::wan {

// The configuration of a network in a checkpoint. What its tensors' shapes say comes from them; the rest (heads, the
// norms' epsilon, statistics of latents) from its config.json in either layout, and is that of the released models when
// there is none. Each throws InputError when config.json and tensors contradict each other, when a field has a wrong
// type or a value that no network here has, when a tensor that tells a size is missing, or when nothing tells the
// heads.

[[nodiscard]] FLASHMOTION_EXPORT DitConfig dit_config(const CheckpointComponent& component);
[[nodiscard]] FLASHMOTION_EXPORT VaeConfig vae_config(const CheckpointComponent& component);
[[nodiscard]] FLASHMOTION_EXPORT Umt5Config umt5_config(const CheckpointComponent& component);
[[nodiscard]] FLASHMOTION_EXPORT ClipVisionConfig clip_vision_config(const CheckpointComponent& component);

/// The text of a config.json with a component's configuration in a layout's own fields; the component's own text when
/// it is in that layout already. Throws as above.
[[nodiscard]] FLASHMOTION_EXPORT std::string config_text(const CheckpointComponent& component, KeyLayout layout);

}  // namespace flashmotion::wan
