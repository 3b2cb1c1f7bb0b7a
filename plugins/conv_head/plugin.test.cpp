#include "flashmotion/core/any/any_discriminator_head.hpp"
#include "plugins/conv_head/conv_head.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <string>
#include <vector>

namespace conv_head_test {

using conv_head::ConvHead;
using flashmotion::AnyDiscriminatorHead;
using flashmotion::HeadRequest;
using flashmotion::IDiscriminatorHead;
using flashmotion::Rng;
using flashmotion::Tensor;

TEST_CASE("the loaded convolutional head keeps its laws", "[plugin][law]") {
  const auto context = toy_requests::context();
  for (const std::string keys : {"", "trajectory = false\n", "scales = 3\nwidth = 8\n"}) {
    CAPTURE(keys);
    AnyDiscriminatorHead head(toy_requests::load<IDiscriminatorHead>("use = \"conv\"\n" + keys, context));
    CHECK(head.tap_blocks(context.generator) == std::vector<std::int64_t>{0, 1, 3});
    laws::check_discriminator_head(head, context.generator, toy_requests::head_request(3));
  }
}

TEST_CASE("the convolutional head gives a logit for each tap and scale", "[plugin][unit]") {
  ConvHead head({.taps = {1, 2}, .scales = 3}, toy_requests::context());
  CHECK(head.logits(toy_requests::head_request(2)).sizes() == at::IntArrayRef({2, 6}));
}

TEST_CASE("the convolutional head reads the control latent unless told not to", "[plugin][unit]") {
  const auto changes = [](bool trajectory) {
    ConvHead head({.trajectory = trajectory}, toy_requests::context());
    HeadRequest request = toy_requests::head_request(3);
    const Tensor before = head.logits(request);
    request.control = request.control + Rng(2, "c").normal(request.control.sizes());
    return !head.logits(request).equal(before);
  };
  CHECK(changes(true));
  CHECK_FALSE(changes(false));
}

TEST_CASE("the convolutional head mixes frames and knows their order", "[plugin][unit]") {
  ConvHead head({}, toy_requests::context());
  HeadRequest request = toy_requests::head_request(3);
  const Tensor before = head.logits(request);
  for (Tensor& tap : request.taps) tap = tap.unflatten(1, {3, 16}).flip(1).flatten(1, 2);
  request.control = request.control.flip(2);
  CHECK((head.logits(request) - before).abs().max().item<double>() > 1e-5);
}

TEST_CASE("what a convolutional head cannot be is told", "[plugin][message]") {
  const auto context = toy_requests::context();
  CHECK_THROWS_WITH(ConvHead({.taps = {2, 2}}, context),
                    "'taps' names block 2 after block 2; name them in rising order");
  ConvHead head({}, context);
  HeadRequest request = toy_requests::head_request(3);
  request.control = Tensor();
  CHECK_THROWS_WITH(head.logits(request),
                    "the head 'conv' got no control latent; give the clip a trajectory or set 'trajectory' to false");
  CHECK_THROWS_WITH(head.logits(toy_requests::head_request(1)),
                    "the head 'conv' reads 3 taps and got 1; pass those of tap_blocks()");
}

}  // namespace conv_head_test
