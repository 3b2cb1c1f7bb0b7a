#include "flashmotion/plugin/export.hpp"
#include "plugins/controlnet_adapter/controlnet_adapter.hpp"

FLASHMOTION_PLUGIN("controlnet_adapter", "0.1.0",
                   flashmotion::adapter<controlnet_adapter::ControlNet>(
                       "controlnet", "copied generator blocks that read the noisy latent and the control latent"));
