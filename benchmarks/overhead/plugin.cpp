#include "benchmarks/overhead/still_adapter.hpp"
#include "flashmotion/plugin/export.hpp"

FLASHMOTION_PLUGIN("still_adapter", "0.1.0",
                   flashmotion::adapter<still_adapter::StillAdapter>("still", "gives the same tokens at each call"));
