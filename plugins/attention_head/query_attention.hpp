#pragma once

#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"

#include <torch/torch.h>

#include <cmath>
#include <cstdint>

namespace attention_head {

/// Multi-head attention of one query token, with norms before and a residual after.
///
/// With one query there is no need to form keys and values: `q (W_k c)ᵀ = (q W_k) cᵀ` and `a (W_v c) = W_v (a c)`, so
/// the weights act on the query and on the attended mean instead of on every context token. The result is the same and
/// the cost falls by about width / heads. Keys have no bias: softmax does not see one.
class QueryAttentionImpl : public torch::nn::Module {
 public:
  QueryAttentionImpl(std::int64_t width, std::int64_t context_width, std::int64_t heads)
      : heads_(heads),
        norm_query_(width, 1e-6),
        norm_context_(context_width, 1e-6),
        query_(width, width),
        key_(context_width, width, false),
        value_(context_width, width),
        output_(width, width) {
    register_module("norm_query", norm_query_);
    register_module("norm_context", norm_context_);
    register_module("query", query_);
    register_module("key", key_);
    register_module("value", value_);
    register_module("output", output_);
  }

  /// query [B, D], context [B, M, C] to [B, D].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& query, const torch::Tensor& context) {
    const torch::Tensor seen = norm_context_(context);
    const torch::Tensor q = by_head(query_(norm_query_(query)));            // [heads, B, d]
    const torch::Tensor probe = at::bmm(q, of_head(key_)).transpose(0, 1);  // [B, heads, C]
    const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(2)));
    const torch::Tensor share = at::softmax(at::bmm(probe * scale, seen.transpose(1, 2)), -1);  // [B, heads, M]
    const torch::Tensor mean = at::bmm(share, seen).transpose(0, 1);                            // [heads, B, C]
    const torch::Tensor found = at::bmm(mean, of_head(value_).transpose(1, 2));                 // [heads, B, d]
    return query + output_(found.transpose(0, 1).flatten(1) + value_->bias);
  }

 private:
  [[nodiscard]] torch::Tensor by_head(const torch::Tensor& x) const {
    return x.unflatten(1, {heads_, -1}).transpose(0, 1);
  }
  [[nodiscard]] torch::Tensor of_head(const flashmotion::nn::Linear& linear) const {
    return linear->weight.unflatten(0, {heads_, -1});  // [heads, d, C]
  }

  std::int64_t heads_;
  flashmotion::nn::LayerNorm norm_query_, norm_context_;
  flashmotion::nn::Linear query_, key_, value_, output_;
};
TORCH_MODULE(QueryAttention);

}  // namespace attention_head
