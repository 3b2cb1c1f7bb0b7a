#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/train/recipe.hpp"

#include <string>
#include <vector>

namespace flashmotion {

/// What the result of a stage depends on, as a text: its part of the resolved recipe, seed and threads, the digests of
/// the files that it takes and of the plugins that it uses, the versions of toolkit and LibTorch, and the digests of
/// the stages before it. Equal texts give equal results on one kind of device, which the text does not say. `drop`
/// leaves objectives out, as a variant does.
[[nodiscard]] FLASHMOTION_EXPORT std::string stage_inputs(const Recipe& recipe, const StageConfig& stage,
                                                          const std::vector<std::string>& drop = {});

/// SHA-256 of `stage_inputs`: the name of the result in a store of stages.
[[nodiscard]] FLASHMOTION_EXPORT std::string stage_digest(const Recipe& recipe, const StageConfig& stage,
                                                          const std::vector<std::string>& drop = {});

}  // namespace flashmotion
