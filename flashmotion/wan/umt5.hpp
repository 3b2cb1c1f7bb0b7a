#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/recipe/rules.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace flashmotion::wan {

/// The defaults are those of UMT5-XXL, the text encoder of all released Wan models.
struct Umt5Config {
  std::int64_t vocabulary = 256384;
  std::int64_t width = 4096;
  std::int64_t attention_width = 4096;
  std::int64_t ffn_width = 10240;
  std::int64_t heads = 64;
  std::int64_t blocks = 24;
  std::int64_t buckets = 32;
  std::int64_t max_distance = 128;
  double epsilon = 1e-6;

  static void fields(auto& f, auto& c) {
    f("vocabulary", c.vocabulary, Range{1, 16777216}, "rows of the token table");
    f("width", c.width, Range{1, 65536}, "width of a token");
    f("attention_width", c.attention_width, Range{1, 65536}, "width of all attention heads together");
    f("ffn_width", c.ffn_width, Range{1, 262144}, "inner width of the feed-forward layers");
    f("heads", c.heads, Range{1, 1024}, "attention heads; must divide the attention width");
    f("blocks", c.blocks, Range{1, 1024}, "transformer blocks");
    f("buckets", c.buckets, Range{4, 1024}, "rows of a relative-position table; a multiple of 4");
    f("max_distance", c.max_distance, Range{2, 1048576}, "tokens; what lies further apart shares one bucket");
    f("epsilon", c.epsilon, Above{0.0}, "added in the norms");
  }
};

/// A padded batch of token ids.
struct Umt5Request {
  Tensor ids;                  // [B, L] int64
  Tensor mask;                 // [B, L] 1 for a token, 0 for padding
  bool padding_rows = false;   // also compute the rows of padding, which no model of the Wan family reads
  bool block_outputs = false;  // also return what each block gives; only together with `padding_rows`
};

struct Umt5Result {
  Tensor hidden;               // [B, L, D], rows of padding zero unless asked for
  Tensor zeroed;               // [B, L, D], rows of padding zero: what the transformer is given
  std::vector<Tensor> blocks;  // [B, L, D] each, before the last norm
};

class Umt5;

/// The encoder of UMT5 (Chung et al. 2023): pre-norm blocks without any bias, a table of relative positions in each
/// block, attention logits that are not scaled by the head width. Parameter names are those of the released Wan
/// checkpoints. It is never trained here and computes without gradients, in the type of its weights; the softmax is
/// float32. The table of tokens may lie on the CPU while the rest is on another device.
class FLASHMOTION_EXPORT Umt5Encoder {
 public:
  using Config = Umt5Config;

  /// Weights are zeros and ones. Throws InputError when the configuration contradicts itself.
  explicit Umt5Encoder(const Umt5Config& config, nn::Storage storage = nn::Storage::owned);

  [[nodiscard]] NamedTensors named_tensors() const;
  /// Takes the blocks' matrices from a stream that they were added to; null for none.
  void stream_blocks(std::shared_ptr<nn::BlockStream> stream);
  [[nodiscard]] const Umt5Config& config() const { return config_; }

  /// Without `padding_rows`, only the tokens are computed: no token sees padding, so the result is the same, and a
  /// short prompt costs as little as it is short. Throws ShapeError for other shapes, InputError for ids beyond the
  /// vocabulary.
  [[nodiscard]] Umt5Result encode(const Umt5Request& request) const;

 private:
  Umt5Config config_;
  std::shared_ptr<Umt5> network_;
};

/// Row of the position table for each `key - query`, any shape of int64: half of the rows for each sign (the upper half
/// for keys behind the query), of these one half for single distances and the rest in logarithmic steps (Raffel et al.
/// 2020).
[[nodiscard]] FLASHMOTION_EXPORT Tensor relative_position_bucket(const Tensor& distance, std::int64_t buckets,
                                                                 std::int64_t max_distance);

}  // namespace flashmotion::wan
