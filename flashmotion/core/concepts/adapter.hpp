#pragma once

#include "flashmotion/core/concepts/trainable.hpp"
#include "flashmotion/core/types.hpp"

#include <vector>

namespace flashmotion {

/// What makes a generator follow a trajectory.
/// Laws: a fresh adapter is the identity (its edits are zero); edits only at declared sites; when it does not
/// depend on noise, latent and sigma may be undefined and its edits are computed once a clip.
template <class A>
concept Adapter = Trainable<A> && requires(A& a, const A& ca, const GeneratorSpec& spec, const AdapterRequest& request,
                                           const NamedTensors& generator) {
  { ca.sites(spec) } -> std::same_as<std::vector<Site>>;
  { ca.depends_on_noise() } -> std::same_as<bool>;
  { a.initialise_from(generator) } -> std::same_as<void>;
  { a.edits(request) } -> std::same_as<SiteEdits>;
};

}  // namespace flashmotion
