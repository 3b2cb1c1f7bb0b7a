#include "flashmotion/plugin/export.hpp"
#include "plugins/injection_adapter/injection_adapter.hpp"

FLASHMOTION_PLUGIN("injection_adapter", "0.1.0",
                   flashmotion::adapter<injection_adapter::InjectionAdapter>(
                       "injection", "residual blocks on the control latent, added after every generator block"));
