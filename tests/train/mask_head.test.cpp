#include "flashmotion/train/mask_head.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

namespace mask_head_test {

using flashmotion::GeneratorSpec;
using flashmotion::MaskHead;
using flashmotion::Tensor;

GeneratorSpec spec() {
  GeneratorSpec spec;
  spec.width = 2;
  spec.blocks = 3;
  spec.patch = {1, 2, 1};
  return spec;
}

TEST_CASE("a fresh mask head says nothing", "[train][unit]") {
  const MaskHead head(spec(), -1);
  CHECK(head.block() == 2);
  const Tensor logits = head.logits(torch::ones({2, 6, 2}), {1, 2, 3});
  CHECK(logits.sizes() == at::IntArrayRef({2, 1, 1, 4, 3}));
  CHECK(logits.abs().max().item<double>() == 0.0);
}

TEST_CASE("each output of a mask head goes to its cell of the token", "[train][golden]") {
  const MaskHead head(spec(), 0);
  // Of a normalised token (1, -1) or (-1, 1): the upper cell gets its first number, the lower one 10 more.
  const flashmotion::NamedTensors own = head.named_tensors();
  Tensor weight = own[0].tensor, bias = own[1].tensor;
  weight.copy_(torch::tensor({{1.0F, 0.0F}, {1.0F, 0.0F}}));
  bias.copy_(torch::tensor({0.0F, 10.0F}));
  // Two rows and one column of tokens.
  const Tensor tap = torch::tensor({{{3.0F, 1.0F}, {0.0F, 8.0F}}});
  const Tensor want = torch::tensor({1.0F, 11.0F, -1.0F, 9.0F}).view({1, 1, 1, 4, 1});
  CHECK_THAT(head.logits(tap, {1, 2, 1}), compare::close_to(want, {1e-4, 1e-4}));
}

TEST_CASE("a mask head names the blocks that there are", "[train][message]") {
  CHECK_THROWS_WITH(MaskHead(spec(), 3),
                    "'mask_block' is 3, but the generator has blocks 0 to 2; name one of them, or -1");
}

}  // namespace mask_head_test
