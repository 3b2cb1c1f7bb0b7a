#include "flashmotion/core/any/any_adapter.hpp"
#include "plugins/lora_control_adapter/lora_control_adapter.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace lora_control_adapter_test {

using compare::close_to;
using flashmotion::AnyAdapter;
using flashmotion::IAdapter;
using flashmotion::Site;
using flashmotion::SiteKind;
using flashmotion::Tensor;
using flashmotion::wan::DitGenerator;
using lora_control_adapter::LoraControl;
using lora_control_adapter::TrajectoryKeys;

AnyAdapter loaded(const std::string& keys) {
  return AnyAdapter(toy_requests::load<IAdapter>("use = \"lora_control\"\n" + keys, toy_requests::context()));
}

TEST_CASE("the loaded lora_control keeps its laws", "[plugin][law]") {
  for (const std::string keys :
       {"", "keys = \"cross\"\nstride = 2\n", "keys = \"none\"\nlinears = [\"ffn.0\", \"ffn.2\"]\n",
        "linears = []\nwidth = 12\n", "linears = [\"cross_attn.k\", \"blocks.1.self_attn.o\"]\nscale = 2.0\n"}) {
    CAPTURE(keys);
    AnyAdapter adapter = loaded(keys);
    CHECK_FALSE(adapter.depends_on_noise());
    laws::check_adapter(adapter, toy_requests::context().generator, toy_requests::adapter_request());
  }
}

TEST_CASE("keys come for every so many-th block and deltas for the named layers", "[plugin][unit]") {
  const auto context = toy_requests::context();
  LoraControl adapter({.rank = 3, .linears = {"self_attn.v"}, .stride = 2}, context);
  const auto sites = adapter.sites(context.generator);
  REQUIRE(sites.size() == 2);
  CHECK(bool(sites[0] == Site{SiteKind::self_attention, 0}));
  CHECK(bool(sites[1] == Site{SiteKind::self_attention, 2}));
  const auto edits = adapter.edits(toy_requests::adapter_request());
  CHECK(edits.extra.size() == 2);
  REQUIRE(edits.low_rank.size() == 4);
  CHECK(edits.low_rank[3].linear == "blocks.3.self_attn.v");
  CHECK(edits.low_rank[3].down.sizes() == at::IntArrayRef({3, 32}));
  CHECK(LoraControl({.keys = TrajectoryKeys::none}, context).sites(context.generator).empty());
}

TEST_CASE("keys of self-attention are turned by their place, those of cross-attention are not", "[plugin][unit]") {
  // Control that is the same everywhere: keys differ by their place alone.
  auto request = toy_requests::adapter_request();
  request.control = torch::ones_like(request.control);
  const auto differ = [&](TrajectoryKeys keys) {
    const Tensor made = LoraControl({.keys = keys}, toy_requests::context()).edits(request).extra[0].keys;
    return (made.select(1, 0) - made.select(1, 5)).abs().max().item<double>();
  };
  CHECK(differ(TrajectoryKeys::self) > 0.1);
  CHECK(differ(TrajectoryKeys::cross) == Approx(0.0).margin(1e-6));
}

TEST_CASE("lora_control learns to follow its control latent", "[plugin][unit]") {
  DitGenerator generator(toy_requests::config(), 8);
  laws::detail::shake_(generator.named_tensors());
  for (auto& [name, tensor] : generator.named_tensors()) tensor.requires_grad_(false);
  LoraControl adapter({}, toy_requests::context());
  std::vector<Tensor> parameters;
  for (auto& [name, tensor] : adapter.named_tensors()) parameters.push_back(tensor);
  torch::optim::Adam optimiser(parameters, 3e-2);
  const auto request = toy_requests::adapter_request();
  const auto loss = [&] {
    const auto edits = adapter.edits(request);
    flashmotion::DenoiseRequest pass;
    pass.latent = request.latent;
    pass.sigma = request.sigma;
    pass.text = request.text;
    pass.edits = &edits;
    return (generator.denoise(pass).prediction - request.control).square().mean();
  };
  const double before = loss().item<double>();
  for (int step = 0; step < 60; ++step) {
    optimiser.zero_grad();
    loss().backward();
    optimiser.step();
  }
  CHECK(loss().item<double>() < 0.8 * before);
}

TEST_CASE("what lora_control cannot do is told", "[plugin][message]") {
  CHECK_THROWS_WITH(LoraControl({.linears = {"self_attn.w"}}, toy_requests::context()),
                    "'linears' names 'self_attn.w', which is no linear layer of the generator; did you mean "
                    "'self_attn.q'?");
  CHECK_THROWS_WITH(LoraControl({.linears = {"ffn.0", "blocks.2.ffn.0"}}, toy_requests::context()),
                    "'linears' names 'blocks.2.ffn.0' twice; leave one out");
  CHECK_THROWS_WITH(loaded("linears = []\nkeys = \"none\"\n"),
                    Catch::Contains("without 'linears' and without 'keys' the adapter changes nothing"));
  auto context = toy_requests::context();
  context.generator.attention_sites.clear();
  CHECK_THROWS_WITH(LoraControl({}, context), "the generator takes no keys and values; set 'keys' to \"none\"");
  LoraControl adapter({}, toy_requests::context());
  CHECK_THROWS_WITH(adapter.edits({}), "the adapter 'lora_control' got no control latent; give the clip a trajectory");
}

}  // namespace lora_control_adapter_test
