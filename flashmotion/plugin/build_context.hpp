#pragma once

#include "flashmotion/core/types.hpp"

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>

namespace flashmotion {

class Logger;

/// What a factory may build from, besides its table: nothing reaches for a global.
struct BuildContext {
  c10::Device device{c10::kCPU};        // where parameters live
  c10::ScalarType dtype = c10::kFloat;  // of the forward pass; parameters are float32
  GeneratorSpec generator;              // that the component works with
  std::uint64_t seed = 0;               // of the run; draw through Rng(seed, "name of the stream")
  const Logger* logger = nullptr;       // null: nothing is logged
};

}  // namespace flashmotion
