#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/plugin/laws/trainable_laws.hpp"

namespace flashmotion {

/// Judges a fresh adapter on a small generator of the spec's sizes and a whole request: `parameters`, `sites`,
/// `shapes`, `identity`, `modes`, `gradients`, `noise`. What leans on a broken law is left out. Changes the adapter's
/// parameters. Returns whether results can be compared.
FLASHMOTION_EXPORT bool judge_adapter(LawBook& book, AnyAdapter adapter, const GeneratorSpec& spec,
                                      const AdapterRequest& request);

/// All laws of an adapter: the above, `generator` (initialise_from leaves the generator alone) and those of
/// `judge_making`.
[[nodiscard]] FLASHMOTION_EXPORT LawResults adapter_laws(const PartMaker<AnyAdapter>& make);

}  // namespace flashmotion
