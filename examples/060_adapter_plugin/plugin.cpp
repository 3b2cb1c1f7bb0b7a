#include "examples/060_adapter_plugin/bias_adapter.hpp"
#include "flashmotion/plugin/export.hpp"

FLASHMOTION_PLUGIN("bias_adapter", "0.1.0",
                   flashmotion::adapter<bias_adapter::BiasAdapter>("bias",
                                                                   "a learnt vector where the control is bright"));
