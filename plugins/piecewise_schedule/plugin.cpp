#include "flashmotion/plugin/export.hpp"
#include "plugins/piecewise_schedule/piecewise_schedule.hpp"

FLASHMOTION_PLUGIN("piecewise_schedule", "0.1.0",
                   flashmotion::schedule<piecewise_schedule::Piecewise>("piecewise",
                                                                        "weights at given steps, a line between two"));
