#pragma once

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace flashmotion::nn {

/// The blocks that a discriminator head reads: those of the recipe, or, when it names none, the ends of the three
/// thirds of the generator. Throws InputError unless they rise and exist.
[[nodiscard]] inline std::vector<std::int64_t> resolve_taps(std::vector<std::int64_t> taps, std::int64_t blocks) {
  if (taps.empty()) {
    for (const std::int64_t part : {1, 2, 3}) taps.push_back(std::max<std::int64_t>(part * blocks / 3, 1) - 1);
    taps.erase(std::unique(taps.begin(), taps.end()), taps.end());
  }
  for (std::size_t i = 0; i < taps.size(); ++i) {
    if (taps[i] < 0 || taps[i] >= blocks) {
      throw InputError(fmt::format("'taps' names block {}, but the generator has blocks 0 to {}; name one of those",
                                   taps[i], blocks - 1));
    }
    if (i > 0 && taps[i] <= taps[i - 1]) {
      throw InputError(
          fmt::format("'taps' names block {} after block {}; name them in rising order", taps[i], taps[i - 1]));
    }
  }
  return taps;
}

}  // namespace flashmotion::nn
