#include "flashmotion/plugin/export.hpp"
#include "plugins/object_diffusion_objective/object_diffusion_objective.hpp"

FLASHMOTION_PLUGIN("object_diffusion_objective", "0.1.0",
                   flashmotion::objective<object_diffusion_objective::ObjectDiffusion>(
                       "object_diffusion", "mean square error that counts more where objects are"));
