#include "flashmotion/plugin/export.hpp"
#include "plugins/attention_head/attention_head.hpp"

FLASHMOTION_PLUGIN("attention_head", "0.1.0",
                   flashmotion::head<attention_head::AttentionHead>(
                       "attention", "a query token attends to semantics, trajectory and video features"));
