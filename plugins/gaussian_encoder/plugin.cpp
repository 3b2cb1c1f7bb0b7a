#include "flashmotion/plugin/export.hpp"
#include "plugins/gaussian_encoder/gaussian_encoder.hpp"

FLASHMOTION_PLUGIN("gaussian_encoder", "0.1.0",
                   flashmotion::trajectory_encoder<gaussian_encoder::Gaussian>(
                       "gaussian", "a soft blob in each object's colour and the outline of its box"));
