#pragma once

#include "flashmotion/base/export.hpp"

#include <torch/torch.h>

#include <functional>

namespace flashmotion::nn {

/// What a checkpoint runs: from [..] to [..], a function of its argument and of the tensors named beside it.
using CheckpointedPass = std::function<torch::Tensor(const torch::Tensor& x)>;

/// `pass(x)`, of which nothing is kept but what goes in: going back, it is run once more (gradient checkpointing, Chen
/// et al. 2016). Values and gradients are those of `pass` itself (gradients of a tensor that is used outside too are
/// summed in another order); gradients of gradients too. `others` are the tensors that `pass` reads beside `x` and that
/// may want a gradient. Whatever `pass` holds lives until the graph is gone. Without gradients it just runs `pass`.
[[nodiscard]] FLASHMOTION_EXPORT torch::Tensor checkpointed(const CheckpointedPass& pass, const torch::Tensor& x,
                                                            const torch::autograd::variable_list& others);

}  // namespace flashmotion::nn
