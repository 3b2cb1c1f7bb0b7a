#include "flashmotion/plugin/export.hpp"
#include "plugins/lora_control_adapter/lora_control_adapter.hpp"

FLASHMOTION_PLUGIN("lora_control_adapter", "0.1.0",
                   flashmotion::adapter<lora_control_adapter::LoraControl>(
                       "lora_control", "low-rank deltas, and keys and values made from the control latent"));
