#include "flashmotion/wan/umt5.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/parameter.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace flashmotion::wan {
namespace umt5_detail {

void check(const Umt5Config& c) {
  if (c.attention_width % c.heads != 0) {
    throw InputError(fmt::format("'heads' is {} and does not divide 'attention_width' {}; change one of them", c.heads,
                                 c.attention_width));
  }
  if (c.buckets % 4 != 0) throw InputError(fmt::format("'buckets' is {} and must be a multiple of 4", c.buckets));
  if (c.max_distance <= c.buckets / 4) {
    throw InputError(fmt::format("'max_distance' is {} and must be above a quarter of 'buckets', {}", c.max_distance,
                                 c.buckets / 4));
  }
}

// A table of rows, looked up by number.
class TableImpl : public torch::nn::Module {
 public:
  TableImpl(std::int64_t rows, std::int64_t width, nn::Storage storage) {
    weight = register_parameter("weight", nn::new_parameter({rows, width}, storage));
  }
  Tensor weight;  // [rows, width]
};
TORCH_MODULE(Table);

// Only there for the name "pos_embedding.embedding.weight".
class PositionsImpl : public torch::nn::Module {
 public:
  PositionsImpl(std::int64_t buckets, std::int64_t heads, nn::Storage storage) : embedding(buckets, heads, storage) {
    register_module("embedding", embedding);
  }
  Table embedding;
};
TORCH_MODULE(Positions);

// The tokens of one sample among the rows that are computed.
struct Segment {
  std::int64_t begin = 0;
  std::int64_t count = 0;
  Tensor mask;  // [count] true for keys that may be seen; undefined when that is all
};

// Position bias of a block for `count` tokens in a row, [H, count, count]. It depends on the distance alone, so the
// table is read once for each distance and the square is made of shifted windows.
Tensor position_bias(const Tensor& by_distance, std::int64_t count) {  // [H, 2 M - 1], distances 1 - M to M - 1
  const std::int64_t middle = by_distance.size(1) / 2;
  return by_distance.narrow(1, middle - count + 1, 2 * count - 1).unfold(1, count, 1).flip({1});
}

class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(const Umt5Config& c, nn::Storage storage)
      : heads_(c.heads),
        q_(c.width, c.attention_width, false, storage),
        k_(c.width, c.attention_width, false, storage),
        v_(c.width, c.attention_width, false, storage),
        o_(c.attention_width, c.width, false, storage) {
    register_module("q", q_);
    register_module("k", k_);
    register_module("v", v_);
    register_module("o", o_);
  }

  // x [N, D], the rows of all samples one after another.
  Tensor forward(const Tensor& x, const Tensor& by_distance, const std::vector<Segment>& segments) {
    const auto split = [&](const Tensor& all) { return all.unflatten(-1, {heads_, -1}).transpose(0, 1).unsqueeze(0); };
    const Tensor q = split(q_(x));  // [1, H, N, head_width]
    const Tensor k = split(k_(x));
    const Tensor v = split(v_(x));
    std::vector<Tensor> parts;
    for (const Segment& s : segments) {
      const auto rows = [&](const Tensor& all) { return all.narrow(2, s.begin, s.count); };
      Tensor bias = position_bias(by_distance, s.count);
      if (s.mask.defined()) bias.masked_fill_(s.mask.logical_not(), lowest(bias.scalar_type()));
      parts.push_back(at::scaled_dot_product_attention(rows(q), rows(k), rows(v), bias.unsqueeze(0), 0.0, false, 1.0)
                          .squeeze(0)
                          .transpose(0, 1)
                          .flatten(1));
    }
    return o_(parts.size() == 1 ? parts.front() : at::cat(parts));
  }

 private:
  // The most negative finite number of a type: a sample of nothing but padding still has a softmax.
  static double lowest(at::ScalarType type) {
    if (type == at::kHalf) return static_cast<double>(std::numeric_limits<c10::Half>::lowest());
    if (type == at::kBFloat16) return static_cast<double>(std::numeric_limits<c10::BFloat16>::lowest());
    return static_cast<double>(std::numeric_limits<float>::lowest());
  }

  std::int64_t heads_;
  nn::Linear q_, k_, v_, o_;
};
TORCH_MODULE(Attention);

class FeedForwardImpl : public torch::nn::Module {
 public:
  FeedForwardImpl(const Umt5Config& c, nn::Storage storage)
      : fc1_(c.width, c.ffn_width, false, storage), fc2_(c.ffn_width, c.width, false, storage) {
    gate_->push_back(nn::Linear(c.width, c.ffn_width, false, storage));
    register_module("gate", gate_);
    register_module("fc1", fc1_);
    register_module("fc2", fc2_);
  }

  Tensor forward(const Tensor& x) {
    Tensor gate = gate_->at<nn::LinearImpl>(0).forward(x);
    return fc2_(at::gelu_(gate, "tanh").mul_(fc1_(x)));
  }

 private:
  torch::nn::ModuleList gate_;
  nn::Linear fc1_, fc2_;
};
TORCH_MODULE(FeedForward);

class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(const Umt5Config& c, nn::Storage storage)
      : norm1_(c.width, c.epsilon, storage),
        attn_(c, storage),
        norm2_(c.width, c.epsilon, storage),
        ffn_(c, storage),
        pos_embedding_(c.buckets, c.heads, storage) {
    register_module("norm1", norm1_);
    register_module("attn", attn_);
    register_module("norm2", norm2_);
    register_module("ffn", ffn_);
    register_module("pos_embedding", pos_embedding_);
  }

  Tensor forward(const Tensor& x, const Tensor& buckets, const std::vector<Segment>& segments) {
    const Tensor by_distance = pos_embedding_->embedding->weight.index_select(0, buckets).t().contiguous();
    const Tensor y = x + attn_(norm1_(x), by_distance, segments);
    return y + ffn_(norm2_(y));
  }

 private:
  nn::RmsNorm norm1_;
  Attention attn_;
  nn::RmsNorm norm2_;
  FeedForward ffn_;
  Positions pos_embedding_;
};
TORCH_MODULE(Block);

// Tokens of each sample, counted to the last one that is no padding, and at least 1.
std::vector<std::int64_t> lengths(const Tensor& mask) {
  const Tensor place = at::arange(1, mask.size(1) + 1, mask.options().dtype(at::kLong));
  const Tensor last = (mask.ne(0).to(at::kLong) * place).amax(1).clamp_min(1).to(at::kCPU).contiguous();
  return {last.data_ptr<std::int64_t>(), last.data_ptr<std::int64_t>() + last.numel()};
}

}  // namespace umt5_detail

class Umt5 : public torch::nn::Module {
 public:
  Umt5(const Umt5Config& c, nn::Storage storage)
      : config_(c), token_embedding_(c.vocabulary, c.width, storage), norm_(c.width, c.epsilon, storage) {
    register_module("token_embedding", token_embedding_);
    for (std::int64_t i = 0; i < c.blocks; ++i) blocks_->push_back(umt5_detail::Block(c, storage));
    register_module("blocks", blocks_);
    register_module("norm", norm_);
  }

  Umt5Result encode(const Umt5Request& request) {
    const torch::NoGradGuard no_grad;
    const std::int64_t batch = request.ids.size(0);
    const std::int64_t length = request.ids.size(1);
    const Tensor real = request.mask.ne(0);
    const auto counts = request.padding_rows ? std::vector(static_cast<std::size_t>(batch), length)
                                             : umt5_detail::lengths(request.mask);
    std::vector<umt5_detail::Segment> segments;
    std::vector<Tensor> ids;
    std::int64_t rows = 0;
    for (std::int64_t b = 0; b < batch; ++b) {
      const std::int64_t count = counts[static_cast<std::size_t>(b)];
      const Tensor seen = real[b].narrow(0, 0, count);
      segments.push_back({rows, count, seen.all().item<bool>() ? Tensor() : seen});
      ids.push_back(request.ids[b].narrow(0, 0, count));
      rows += count;
    }
    const std::int64_t longest = *std::max_element(counts.begin(), counts.end());
    const Tensor distance = at::arange(1 - longest, longest, request.ids.options());
    const Tensor buckets = relative_position_bucket(distance, config_.buckets, config_.max_distance);

    const auto spread = [&](const Tensor& packed) {  // [N, D] to [B, L, D]
      if (request.padding_rows) return packed.unflatten(0, {batch, length});
      Tensor padded = at::zeros({batch, length, packed.size(1)}, packed.options());
      for (std::int64_t b = 0; b < batch; ++b) {
        const auto& s = segments[static_cast<std::size_t>(b)];
        padded[b].narrow(0, 0, s.count).copy_(packed.narrow(0, s.begin, s.count));
      }
      return padded;
    };
    Umt5Result result;
    const Tensor& table = token_embedding_->weight;
    Tensor x =
        at::embedding(table, at::cat(ids).to(table.device())).to(request.ids.device(), norm_->weight.scalar_type());
    for (std::int64_t i = 0; i < config_.blocks; ++i) {
      const auto block = blocks_[static_cast<std::size_t>(i)];
      if (stream_ != nullptr) stream_->enter(i);
      x = block->as<umt5_detail::Block>()->forward(x, buckets, segments);
      if (request.block_outputs) result.blocks.push_back(spread(x));
    }
    result.hidden = spread(norm_(x));
    result.zeroed = result.hidden.masked_fill(real.logical_not().unsqueeze(-1), 0.0);
    if (!request.padding_rows) result.hidden = result.zeroed;
    return result;
  }

  void stream_blocks(std::shared_ptr<nn::BlockStream> stream) { stream_ = std::move(stream); }

 private:
  Umt5Config config_;
  umt5_detail::Table token_embedding_;
  torch::nn::ModuleList blocks_;
  nn::RmsNorm norm_;
  std::shared_ptr<nn::BlockStream> stream_;
};

Umt5Encoder::Umt5Encoder(const Umt5Config& config, nn::Storage storage) : config_(config) {
  umt5_detail::check(config);
  network_ = std::make_shared<Umt5>(config, storage);
  network_->eval();
}

NamedTensors Umt5Encoder::named_tensors() const { return nn::named_tensors(*network_); }

void Umt5Encoder::stream_blocks(std::shared_ptr<nn::BlockStream> stream) { network_->stream_blocks(std::move(stream)); }

Umt5Result Umt5Encoder::encode(const Umt5Request& request) const {
  const Tensor& ids = request.ids;
  if (!ids.defined() || ids.dim() != 2 || ids.numel() == 0 || ids.scalar_type() != at::kLong) {
    throw ShapeError("The token ids of a text encoder are [B, L] int64 with at least one token");
  }
  if (!request.mask.defined() || request.mask.sizes() != ids.sizes()) {
    throw ShapeError("The mask of a text encoder has the shape of its token ids");
  }
  if (request.block_outputs && !request.padding_rows) {
    throw ShapeError("The results of single blocks are there only with the rows of padding");
  }
  const auto lowest = ids.min().item<std::int64_t>();
  const auto highest = ids.max().item<std::int64_t>();
  if (lowest < 0 || highest >= config_.vocabulary) {
    throw InputError(
        fmt::format("Token id {} lies outside of the vocabulary of {}; tokenizer and text encoder do not "
                    "belong together",
                    lowest < 0 ? lowest : highest, config_.vocabulary));
  }
  return network_->encode(request);
}

Tensor relative_position_bucket(const Tensor& distance, std::int64_t buckets, std::int64_t max_distance) {
  const std::int64_t half = buckets / 2;
  const std::int64_t exact = half / 2;
  const Tensor size = distance.abs();
  // The logarithm in float32, as the reference takes it: a wider one would move distances at the steps' edges.
  const Tensor steps = at::log(size.to(at::kFloat) / static_cast<double>(exact)) /
                       std::log(static_cast<double>(max_distance) / static_cast<double>(exact)) *
                       static_cast<double>(half - exact);
  const Tensor wide = (exact + steps.clamp_min(0).to(at::kLong)).clamp_max(half - 1);
  return at::where(size < exact, size, wide) + (distance > 0).to(at::kLong) * half;
}

}  // namespace flashmotion::wan
