#include "flashmotion/plugin/export.hpp"
#include "plugins/conv_head/conv_head.hpp"

FLASHMOTION_PLUGIN(
    "conv_head", "0.1.0",
    flashmotion::head<conv_head::ConvHead>("conv", "convolutions over the generator's features at a few scales"));
