#pragma once

#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/rng.hpp"

#include <concepts>

namespace flashmotion {

/// A source of clips with known objects.
/// Laws: equal generators give equal clips; clips have the stated extent.
template <class D>
concept Dataset = requires(const D& d, const ClipRequest& request, Rng& rng) {
  { d.spec() } -> std::same_as<ClipSpec>;
  { d.draw(request, rng) } -> std::same_as<ClipBatch>;
};

}  // namespace flashmotion
