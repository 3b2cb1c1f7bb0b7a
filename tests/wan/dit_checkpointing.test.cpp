#include "flashmotion/wan/dit.hpp"
#include "tests/support/edit_laws.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <string>
#include <vector>

// Gradient checkpointing of the transformer's blocks changes memory, not numbers.

namespace dit_checkpointing_test {

using compare::equal_to;
using flashmotion::DenoiseRequest;
using flashmotion::NamedTensors;
using flashmotion::Regime;
using flashmotion::Rng;
using flashmotion::SiteEdits;
using flashmotion::Tensor;
using flashmotion::wan::DitConfig;
using flashmotion::wan::DitGenerator;

struct Found {
  Tensor prediction;
  NamedTensors gradients;
};

Found found(DitConfig config, bool checkpointing) {
  config.checkpointing = checkpointing;
  DitGenerator dit(config, 3);
  laws::detail::shake_(dit.named_tensors());
  DenoiseRequest pass;
  pass.latent = Rng(1, "latent").normal({2, 4, 3, 4, 4}).requires_grad_(true);
  pass.sigma = torch::tensor({0.3F, 0.8F});
  pass.text.tokens = Rng(1, "text").normal({2, 5, 10});
  const std::vector<std::int64_t> taps{0, 1};
  pass.taps = taps;
  NamedTensors inputs{{"latent", pass.latent}};
  for (const auto& parameter : dit.named_tensors()) inputs.push_back(parameter);
  flashmotion::DenoiseResult result;
  {
    // What the pass borrows is gone when the gradients are asked for.
    SiteEdits edits = laws::inside_edits(dit.spec(), 2, 3, 0.3);
    for (auto& delta : edits.low_rank) {
      inputs.push_back({delta.linear + ".down", delta.down});
      inputs.push_back({delta.linear + ".up", delta.up});
    }
    for (auto& extra : edits.extra) inputs.push_back({"keys", extra.keys});
    for (auto& [name, tensor] : inputs) tensor.requires_grad_(true);
    pass.edits = &edits;
    result = dit.denoise(pass);
  }
  Tensor loss = result.prediction.pow(2).sum();
  for (const Tensor& tap : result.taps) loss = loss + tap.sin().sum();
  std::vector<Tensor> list;
  for (const auto& input : inputs) list.push_back(input.tensor);
  const auto gradients = torch::autograd::grad({loss}, list, {}, std::nullopt, false, /*allow_unused=*/true);
  Found all{result.prediction.detach(), {}};
  for (std::size_t i = 0; i < inputs.size(); ++i) all.gradients.push_back({inputs[i].name, gradients[i]});
  return all;
}

TEST_CASE("checkpointing changes no prediction and no gradient of the transformer", "[wan][unit]") {
  const auto [regime, tolerance] = GENERATE(table<Regime, double>({{Regime::fp32, 1e-6}, {Regime::wan_bf16, 1e-2}}));
  DitConfig config = tiny_dit::config();
  config.regime = regime;
  const Found plain = found(config, false), again = found(config, true);
  CHECK_THAT(again.prediction, equal_to(plain.prediction));
  REQUIRE(again.gradients.size() == plain.gradients.size());
  for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
    INFO(plain.gradients[i].name);
    REQUIRE(again.gradients[i].tensor.defined() == plain.gradients[i].tensor.defined());
    if (!plain.gradients[i].tensor.defined()) continue;
    // The text is read by all blocks, whose gradients are summed in another order.
    const Tensor expected = plain.gradients[i].tensor.to(torch::kFloat64);
    const Tensor off = (again.gradients[i].tensor.to(torch::kFloat64) - expected).norm();
    CHECK(off.item<double>() <= tolerance * expected.norm().item<double>());
  }
}

TEST_CASE("an adapter's copy of the blocks is told of checkpointing", "[wan][unit]") {
  DitConfig config = tiny_dit::config();
  CHECK_FALSE(spec_of(config).checkpointing);
  config.checkpointing = true;
  CHECK(spec_of(config).checkpointing);
}

}  // namespace dit_checkpointing_test
