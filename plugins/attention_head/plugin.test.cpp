#include "flashmotion/base/error.hpp"
#include "flashmotion/core/any/any_discriminator_head.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "plugins/attention_head/attention_head.hpp"
#include "plugins/attention_head/query_attention.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <algorithm>
#include <string>
#include <vector>

namespace attention_head_test {

using attention_head::AttentionHead;
using attention_head::AttentionHeadConfig;
using compare::close_to;
using compare::equal_to;
using flashmotion::AnyDiscriminatorHead;
using flashmotion::HeadRequest;
using flashmotion::IDiscriminatorHead;
using flashmotion::Rng;
using flashmotion::Tensor;

TEST_CASE("the loaded attention head keeps its laws", "[plugin][law]") {
  const auto context = toy_requests::context();
  for (const std::string keys : {"", "width = 24\nheads = 3\n", "semantic = false\n", "trajectory = false\n",
                                 "video = false\n", "trajectory = false\nsemantic = false\n"}) {
    CAPTURE(keys);
    AnyDiscriminatorHead head(toy_requests::load<IDiscriminatorHead>("use = \"attention\"\n" + keys, context));
    CHECK(head.tap_blocks(context.generator) == std::vector<std::int64_t>{0, 1, 3});
    const auto request = toy_requests::head_request(3);
    CHECK(head.logits(request).size(1) == 3);
    laws::check_discriminator_head(head, context.generator, request);
  }
}

TEST_CASE("width and taps are the recipe's, and an attention that is off has no parameters", "[plugin][unit]") {
  const auto context = toy_requests::context();
  const auto has = [](const AttentionHead& head, const std::string& part) {
    const auto tensors = head.named_tensors();
    return std::any_of(tensors.begin(), tensors.end(),
                       [&](const auto& t) { return ("." + t.name).find(part) != std::string::npos; });
  };
  const AttentionHead whole({.taps = {0, 2}, .width = 24, .heads = 3}, context);
  for (const char* part : {".semantic.", ".trajectory.", ".video."}) CHECK(has(whole, part));
  CHECK(whole.tap_blocks(context.generator) == std::vector<std::int64_t>{0, 2});
  const auto tensors = whole.named_tensors();
  const auto query =
      std::find_if(tensors.begin(), tensors.end(), [](const auto& t) { return t.name == "branches.1.query"; });
  REQUIRE(query != tensors.end());
  CHECK(query->tensor.sizes() == at::IntArrayRef({1, 24}));
  const AttentionHead no_semantic({.semantic = false}, context);
  for (const char* part : {".semantic.", ".own_token.", ".text."}) CHECK_FALSE(has(no_semantic, part));
  const AttentionHead no_trajectory({.trajectory = false}, context);
  for (const char* part : {".trajectory.", ".control."}) CHECK_FALSE(has(no_trajectory, part));
  CHECK_FALSE(has(AttentionHead({.video = false}, context), ".video."));
}

TEST_CASE("the attention of one query is ordinary attention", "[plugin][unit]") {
  const std::int64_t heads = 4;
  attention_head::QueryAttention attention(16, 12, heads);
  flashmotion::nn::fan_in_initialise(*attention, 2);
  laws::detail::shake_(flashmotion::nn::named_tensors(*attention));
  const auto tensors = flashmotion::nn::named_tensors(*attention);
  const auto parameter = [&](const std::string& name) {
    return std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; })->tensor;
  };
  const Tensor query = Rng(1, "query").normal({3, 16});
  const Tensor context = Rng(1, "context").normal({3, 7, 12});

  const auto norm = [&](const Tensor& x, const std::string& name) {
    return at::layer_norm(x, {x.size(-1)}, parameter(name + ".weight"), parameter(name + ".bias"), 1e-6);
  };
  const auto split = [&](const Tensor& x) { return x.unflatten(-1, {heads, -1}).transpose(1, 2); };
  const Tensor seen = norm(context, "norm_context");
  const Tensor q = at::linear(norm(query, "norm_query"), parameter("query.weight"), parameter("query.bias"));
  const Tensor k = at::linear(seen, parameter("key.weight"));
  const Tensor v = at::linear(seen, parameter("value.weight"), parameter("value.bias"));
  const Tensor found = at::scaled_dot_product_attention(split(q.unsqueeze(1)), split(k), split(v));
  const Tensor want =
      query + at::linear(found.transpose(1, 2).flatten(1), parameter("output.weight"), parameter("output.bias"));
  CHECK_THAT(attention(query, context), close_to(want));
}

TEST_CASE("each attention reads what it is named for", "[plugin][unit]") {
  const auto changes = [](const AttentionHeadConfig& config, const auto& change) {
    AttentionHead head(config, toy_requests::context());
    HeadRequest request = toy_requests::head_request(3);
    const Tensor before = head.logits(request);
    change(request);
    return (head.logits(request) - before).abs().max().item<double>() > 1e-6;
  };
  const auto text = [](HeadRequest& r) { r.text.tokens = r.text.tokens + Rng(2, "t").normal(r.text.tokens.sizes()); };
  const auto control = [](HeadRequest& r) { r.control = r.control + Rng(2, "c").normal(r.control.sizes()); };
  const auto frame = [](std::int64_t index) {
    return [index](HeadRequest& r) {
      r.taps[0] = r.taps[0].clone();
      r.taps[0].narrow(1, index * 16, 16).add_(Rng(2, "v").normal({2, 16, 32}));
    };
  };
  const AttentionHeadConfig semantic{.trajectory = false, .video = false};
  CHECK(changes(semantic, text));
  CHECK_FALSE(changes(semantic, control));
  CHECK(changes(semantic, frame(0)));
  CHECK_FALSE(changes(semantic, frame(1)));
  const AttentionHeadConfig trajectory{.semantic = false, .video = false};
  CHECK_FALSE(changes(trajectory, text));
  CHECK(changes(trajectory, control));
  CHECK_FALSE(changes(trajectory, frame(0)));
  const AttentionHeadConfig video{.semantic = false, .trajectory = false};
  CHECK_FALSE(changes(video, text));
  CHECK_FALSE(changes(video, control));
  CHECK(changes(video, frame(1)));
}

TEST_CASE("the attention head knows where a token lies", "[plugin][unit]") {
  AttentionHead head({.semantic = false, .trajectory = false}, toy_requests::context());
  HeadRequest request = toy_requests::head_request(3);
  const Tensor before = head.logits(request);
  for (Tensor& tap : request.taps) tap = tap.flip(1);
  CHECK((head.logits(request) - before).abs().max().item<double>() > 1e-4);
}

TEST_CASE("the attention head takes every extent", "[plugin][unit]") {
  AttentionHead head({}, toy_requests::context());
  (void)head.logits(toy_requests::head_request(3));
  HeadRequest request = toy_requests::head_request(3);
  request.grid = {2, 3, 5};
  for (Tensor& tap : request.taps) tap = Rng(1, "tap").normal({2, 30, 32});
  request.control = Rng(1, "control").normal({2, 6, 2, 3, 5});
  CHECK(head.logits(request).sizes() == at::IntArrayRef({2, 3}));
}

TEST_CASE("what an attention head cannot be is told", "[plugin][message]") {
  const auto context = toy_requests::context();
  CHECK_THROWS_WITH(AttentionHead({.taps = {0, 4}}, context),
                    "'taps' names block 4, but the generator has blocks 0 to 3; name one of those");
  CHECK_THROWS_WITH(AttentionHead({.heads = 5}, context),
                    "'heads' is 5 and does not divide the width 32; choose one that does");
  CHECK_THROWS_WITH(AttentionHead({.semantic = false, .trajectory = false, .video = false}, context),
                    "one of 'semantic', 'trajectory' and 'video' must be on");
  const auto recipe = "use = \"attention\"\nsemantic = false\ntrajectory = false\nvideo = false\n";
  CHECK_THROWS_WITH(toy_requests::load<IDiscriminatorHead>(recipe, context),
                    Catch::Contains("test.toml:4:9: error: one of 'semantic', 'trajectory' and 'video' must be on"));
  AttentionHead head({}, context);
  HeadRequest request = toy_requests::head_request(3);
  request.control = Tensor();
  CHECK_THROWS_WITH(head.logits(request),
                    "the head 'attention' got no control latent; give the clip a trajectory or "
                    "set 'trajectory' to false");
  CHECK_THROWS_WITH(head.logits(toy_requests::head_request(2)),
                    "the head 'attention' reads 3 taps and got 2; pass those of tap_blocks()");
}

}  // namespace attention_head_test
