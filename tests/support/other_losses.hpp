#pragma once

// Objectives that the smoke recipe lacks, as tables of a stage of it.

namespace other_losses {

/// Of an adapter stage.
inline constexpr const char* kMask = R"([[stage.objective]]
name = "mask"
use = "mask_prediction"
target = "adapter"
weight = 0.1
)";

/// Of a hybrid stage.
inline constexpr const char* kHybrid = R"([[stage.objective]]
name = "features"
use = "feature_matching"
target = "adapter"
[[stage.objective]]
name = "r1"
use = "gradient_penalty"
form = "exact"
target = "discriminator"
[[stage.objective]]
name = "r2"
use = "gradient_penalty"
form = "exact"
of = "fake"
target = "discriminator"
[[stage.objective]]
name = "r1_by_difference"
use = "gradient_penalty"
target = "discriminator"
[[stage.objective]]
name = "r2_by_difference"
use = "gradient_penalty"
of = "fake"
target = "discriminator"
)";

}  // namespace other_losses
