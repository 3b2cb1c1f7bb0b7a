#pragma once

#include "flashmotion/wan/checkpoint.hpp"

#include <string>

namespace flashmotion::wan::checkpoint_detail {

/// The text of a Diffusers pipeline's model_index.json.
[[nodiscard]] std::string model_index_text(const Checkpoint& checkpoint);

/// The text of its scheduler/scheduler_config.json: UniPC with the shift that the released model of this size has.
[[nodiscard]] std::string scheduler_text(const Checkpoint& checkpoint);

}  // namespace flashmotion::wan::checkpoint_detail
