#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_discriminator_head.hpp"
#include "flashmotion/plugin/laws/trainable_laws.hpp"

namespace flashmotion {

/// Judges a fresh head on a whole request with the taps that it asks for: `parameters`, `taps`, `shapes`, `modes`,
/// `gradients`, `tap_gradients`, `clips`, `exact_taps`. What leans on a broken law is left out. Returns whether results
/// can be compared.
FLASHMOTION_EXPORT bool judge_head(LawBook& book, AnyDiscriminatorHead head, const GeneratorSpec& spec,
                                   const HeadRequest& request);

/// All laws of a head: the above and those of `judge_making`.
[[nodiscard]] FLASHMOTION_EXPORT LawResults head_laws(const PartMaker<AnyDiscriminatorHead>& make);

}  // namespace flashmotion
