#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/edit_laws.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

// Edits inside the blocks of the Wan transformer.

namespace dit_edits_test {

using compare::close_to;
using flashmotion::DenoiseRequest;
using flashmotion::Regime;
using flashmotion::Rng;
using flashmotion::Tensor;
using flashmotion::wan::DitConfig;
using flashmotion::wan::DitGenerator;

DenoiseRequest request() {
  DenoiseRequest request;
  request.latent = Rng(1, "latent").normal({2, 4, 3, 4, 4});
  request.sigma = torch::tensor({0.3F, 0.8F});
  request.text.tokens = Rng(1, "text").normal({2, 5, 10});
  return request;
}

TEST_CASE("the transformer keeps the laws of edits inside blocks", "[wan][law]") {
  DitGenerator plain(tiny_dit::config(), 3);
  laws::check_inside_edits(plain, request());

  DitConfig config = tiny_dit::config();
  config.condition_channels = 2;
  config.image_width = 6;
  DitGenerator image(config, 3);
  DenoiseRequest with_image = request();
  with_image.image.channels = Rng(1, "channels").normal({2, 2, 3, 4, 4});
  with_image.image.tokens = Rng(1, "tokens").normal({2, 3, 6});
  laws::check_inside_edits(image, with_image);
}

TEST_CASE("in bfloat16 edits of zero inside blocks are the identity too", "[wan][law]") {
  for (const Regime regime : {Regime::wan_bf16, Regime::diffusers_bf16}) {
    DitConfig config = tiny_dit::config();
    config.regime = regime;
    DitGenerator dit(config, 3);
    laws::detail::shake_(dit.named_tensors());
    DenoiseRequest pass = request();
    const torch::NoGradGuard no_grad;
    const Tensor before = dit.denoise(pass).prediction;
    const auto edits = laws::inside_edits(dit.spec(), 2, 3, 0.0);
    pass.edits = &edits;
    CHECK_THAT(dit.denoise(pass).prediction, compare::equal_to(before));
  }
}

TEST_CASE("low-rank deltas are the same network with other weights", "[wan][unit]") {
  DitGenerator dit(tiny_dit::config(), 3);
  laws::detail::shake_(dit.named_tensors());
  auto edits = laws::inside_edits(dit.spec(), 2, 3, 0.3);
  edits.extra.clear();
  DenoiseRequest pass = request();
  pass.edits = &edits;
  const torch::NoGradGuard no_grad;
  const Tensor edited = dit.denoise(pass).prediction;
  const auto tensors = dit.named_tensors();
  for (const auto& delta : edits.low_rank) {
    const auto weight =
        std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == delta.linear + ".weight"; });
    REQUIRE(weight != tensors.end());
    weight->tensor.add_(delta.up.mm(delta.down), delta.scale);
  }
  pass.edits = nullptr;
  CHECK_THAT(edited, close_to(dit.denoise(pass).prediction, {1e-4, 1e-4}));
}

TEST_CASE("edits act in their block and not before it", "[wan][unit]") {
  DitGenerator dit(tiny_dit::config(), 3);
  laws::detail::shake_(dit.named_tensors());
  auto edits = laws::inside_edits(dit.spec(), 2, 3, 0.3);
  edits.low_rank.clear();
  std::erase_if(edits.extra, [](const auto& extra) { return extra.site.block != 1; });
  DenoiseRequest pass = request();
  const std::vector<std::int64_t> taps{0, 1};
  pass.taps = taps;
  const auto before = dit.denoise(pass).taps;
  pass.edits = &edits;
  const auto after = dit.denoise(pass).taps;
  CHECK(after[0].equal(before[0]));
  CHECK_FALSE(after[1].equal(before[1]));
}

TEST_CASE("a delta of a layer that the transformer does not have is told", "[wan][message]") {
  DitGenerator dit(tiny_dit::config(), 3);
  flashmotion::SiteEdits edits;
  edits.low_rank = {{"head.head", torch::zeros({2, 24}), torch::zeros({16, 2})}};
  DenoiseRequest pass = request();
  pass.edits = &edits;
  CHECK_THROWS_AS(dit.denoise(pass), flashmotion::Error);
}

}  // namespace dit_edits_test
