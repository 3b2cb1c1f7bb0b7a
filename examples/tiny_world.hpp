#pragma once

#include "flashmotion/data/linear_codec.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/data/word_embedder.hpp"
#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/wan/dit.hpp"

#include <cstdint>
#include <utility>

// What several examples begin with: the procedural world, its codec, and Wan's transformer as small as can be.

namespace flashmotion::example {

/// Clips of the procedural world with a codec that was fitted to it.
inline BatchSource tiny_data() {
  Rng rng(0, "codec");
  const ToyMotion world;
  return {AnyDataset(world), AnyCodec(LinearCodec::fit(world.draw({.count = 64}, rng).video)), WordEmbedder(), "", 0};
}

/// The transformer of the Wan models, with two blocks.
inline wan::DitConfig tiny_transformer() {
  wan::DitConfig config;
  config.width = 48;
  config.heads = 4;
  config.blocks = 2;
  config.ffn_width = 96;
  config.text_width = 32;
  config.frequency_width = 64;
  config.patch = {1, 1, 1};
  config.parameterisation = wan::Parameterisation::clean;
  config.initial_gate = 1.0;
  return config;
}

/// So many steps of eight clips.
inline DenoisingSettings tiny_training(std::string name, std::int64_t steps) {
  DenoisingSettings settings;
  settings.name = std::move(name);
  settings.steps = steps;
  settings.batch = 8;
  settings.timesteps = {.density = Density::logit_normal, .shift = 3.0};
  settings.optimiser.learning_rate = 2e-3;
  settings.optimiser.warmup = 5;
  return settings;
}

}  // namespace flashmotion::example
