#include "flashmotion/nn/block_edits.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/block.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <vector>

namespace block_edits_test {

using compare::close_to;
using flashmotion::GeneratorSpec;
using flashmotion::LowRankDelta;
using flashmotion::Rng;
using flashmotion::Site;
using flashmotion::SiteEdits;
using flashmotion::SiteKind;
using flashmotion::Tensor;
namespace nn = flashmotion::nn;

GeneratorSpec spec(std::int64_t image_width = 0) {
  GeneratorSpec spec;
  spec.width = 8;
  spec.blocks = 11;
  spec.ffn_width = 12;
  spec.image_width = image_width;
  return spec;
}

TEST_CASE("a generator of blocks says what can be changed inside them", "[nn][unit]") {
  CHECK(nn::attention_sites(spec()).size() == 22);
  const auto linears = nn::block_linears(spec());
  REQUIRE(linears.size() == 110);
  CHECK(linears[0] == flashmotion::LinearLayer{"blocks.0.self_attn.q", 8, 8});
  CHECK(linears[108] == flashmotion::LinearLayer{"blocks.10.ffn.0", 8, 12});
  CHECK(linears[109] == flashmotion::LinearLayer{"blocks.10.ffn.2", 12, 8});
  CHECK(nn::block_linears(spec(5)).size() == 132);
}

TEST_CASE("edits inside blocks are sorted by block", "[nn][unit]") {
  SiteEdits edits;
  CHECK(nn::edits_by_block(edits, spec()).empty());
  edits.add.push_back({{SiteKind::after_block, 0}, torch::zeros({1, 2, 8})});
  CHECK(nn::edits_by_block(edits, spec()).empty());
  edits.low_rank = {{"blocks.10.ffn.2", torch::zeros({2, 12}), torch::zeros({8, 2})},
                    {"blocks.1.cross_attn.o", torch::zeros({2, 8}), torch::zeros({8, 2})}};
  edits.extra = {{{SiteKind::self_attention, 3}, torch::zeros({1, 4, 8}), torch::zeros({1, 4, 8})}};
  const auto blocks = nn::edits_by_block(edits, spec());
  REQUIRE(blocks.size() == 11);
  CHECK(blocks[10].feed_forward[1].front() == &edits.low_rank[0]);
  CHECK(blocks[1].cross_attention.low_rank[3].front() == &edits.low_rank[1]);
  CHECK(blocks[3].self_attention.extra.front() == &edits.extra[0]);
  CHECK(blocks[3].cross_attention.extra.empty());
}

TEST_CASE("a delta is the layer with the product of its parts in its weight", "[nn][unit]") {
  const Tensor x = Rng(1, "x").normal({2, 3, 8}), weight = Rng(1, "weight").normal({12, 8});
  const LowRankDelta delta{"", Rng(1, "down").normal({2, 8}), Rng(1, "up").normal({12, 2}), 0.5};
  const nn::LowRankDeltas deltas{&delta};
  const Tensor y = at::linear(x, weight);
  CHECK_THAT(nn::with_deltas(y, x, &deltas), close_to(at::linear(x, weight + 0.5 * delta.up.mm(delta.down))));
  CHECK(nn::with_deltas(y, x, nullptr).is_same(y));
}

TEST_CASE("keys and values beside an attention's own have a softmax of their own", "[nn][unit]") {
  nn::Attention attention(8, 2, 1e-6);
  nn::xavier_initialise(*attention, 3);
  const auto parameter = [&](const std::string& name) { return attention->named_parameters()[name]; };
  const Tensor x = Rng(1, "x").normal({2, 3, 8}), context = Rng(1, "context").normal({2, 4, 8});
  const flashmotion::ExtraKeyValue extra{{}, Rng(1, "keys").normal({2, 5, 8}), Rng(1, "values").normal({2, 5, 8})};
  nn::AttentionEdits edits;
  edits.extra = {&extra};
  const Tensor plain = attention(x, nn::AttentionInput{.context = context});
  const Tensor both = attention(x, nn::AttentionInput{.context = context, .edits = &edits});

  const Tensor raw = at::linear(x, parameter("q.weight"), parameter("q.bias"));
  const Tensor q = raw * at::rsqrt(raw.square().mean(-1, true) + 1e-6) * parameter("norm_q.weight");
  const auto split = [](const Tensor& t) { return t.unflatten(-1, {2, 4}).transpose(1, 2); };
  const Tensor scores = at::softmax(split(q).matmul(split(extra.keys).transpose(2, 3)) / 2.0, -1);
  const Tensor found = scores.matmul(split(extra.values)).transpose(1, 2).flatten(2);
  CHECK_THAT(both, close_to(plain + at::linear(found, parameter("o.weight"))));
}

TEST_CASE("edits that no block has or that do not fit are told", "[nn][message]") {
  const auto low_rank = [](const std::string& name, at::IntArrayRef down, at::IntArrayRef up) {
    SiteEdits edits;
    edits.low_rank = {{name, torch::zeros(down), torch::zeros(up)}};
    static_cast<void>(nn::edits_by_block(edits, spec()));
  };
  const std::string unknown = "', which the generator does not have; take a name of its spec's 'linears'";
  for (const std::string name : {"blocks.11.ffn.0", "blocks.-1.ffn.0", "blocks.0.ffn.1", "ffn.0", "blocks.0",
                                 "blocks.0.cross_attn.k_img", "blocks.0.self_attn.qq"}) {
    CHECK_THROWS_WITH(low_rank(name, {2, 8}, {12, 2}), "a low-rank delta is for the linear layer '" + name + unknown);
  }
  CHECK_THROWS_WITH(
      low_rank("blocks.0.ffn.0", {2, 8}, {8, 2}),
      "the low-rank delta of 'blocks.0.ffn.0' has down [2, 8] and up [8, 2], expected [R, 8] and [12, R]");
  const auto extra = [](Site site, at::IntArrayRef values) {
    SiteEdits edits;
    edits.extra = {{site, torch::zeros({1, 4, 8}), torch::zeros(values)}};
    static_cast<void>(nn::edits_by_block(edits, spec()));
  };
  CHECK_THROWS_WITH(extra({SiteKind::cross_attention, 2}, {1, 5, 8}),
                    "the keys and values for block 2 must both be [B, M, 8]");
  CHECK_THROWS_WITH(extra({SiteKind::after_block, 2}, {1, 4, 8}),
                    "keys and values are for block 2, at a place that is no attention of the generator; take a site of "
                    "its spec's 'attention_sites'");
}

}  // namespace block_edits_test
