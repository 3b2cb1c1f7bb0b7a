#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace flashmotion::nn {

/// Deltas of one linear layer, borrowed.
using LowRankDeltas = std::vector<const LowRankDelta*>;

/// What changes inside one attention; all borrowed.
struct AttentionEdits {
  std::array<LowRankDeltas, 6> low_rank;    // of q, k, v, o, k_img, v_img
  std::vector<const ExtraKeyValue*> extra;  // keys and values beside its own
};

/// What an adapter changes inside one block in one pass; all borrowed.
struct BlockEdits {
  AttentionEdits self_attention, cross_attention;
  std::array<LowRankDeltas, 2> feed_forward;  // of ffn.0, ffn.2
};

/// The attentions of a transformer's blocks, where keys and values can be given.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<Site> attention_sites(const GeneratorSpec& spec);

/// The linear layers of its blocks with their widths: `blocks.0.self_attn.q`, .., `blocks.0.ffn.2`, `blocks.1...`.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<LinearLayer> block_linears(const GeneratorSpec& spec);

/// The edits inside blocks, an entry for each block; empty when there are none. Throws Error when a site or a linear
/// layer is not one of the two lists above, or a shape does not fit it.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<BlockEdits> edits_by_block(const SiteEdits& edits,
                                                                        const GeneratorSpec& spec);

/// Edits with what they refer to, for a pass that may be run again after the request is gone.
struct HeldEdits {
  SiteEdits edits;
  std::vector<BlockEdits> blocks;  // of `edits`, an entry for each block
};

/// A copy of `edits` (the tensors are shared) by block; null when none acts inside a block. Throws as `edits_by_block`.
[[nodiscard]] FLASHMOTION_EXPORT std::shared_ptr<const HeldEdits> hold_edits(const SiteEdits& edits,
                                                                             const GeneratorSpec& spec);

/// `y` [.., out], what a linear layer made of `x` [.., in], with its deltas added: `y + scale (x downᵀ) upᵀ`, in the
/// type of y. `y` itself when there are none, or `deltas` is null.
[[nodiscard]] FLASHMOTION_EXPORT Tensor with_deltas(const Tensor& y, const Tensor& x, const LowRankDeltas* deltas);

}  // namespace flashmotion::nn
