#include "flashmotion/plugin/export.hpp"
#include "plugins/heun_sampler/heun_sampler.hpp"

FLASHMOTION_PLUGIN("heun_sampler", "0.1.0",
                   flashmotion::sampler<heun_sampler::Heun>("heun",
                                                            "Heun's method of order 2, with one network pass a step"));
