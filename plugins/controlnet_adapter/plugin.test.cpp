#include "flashmotion/base/error.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/wan/dit_experts.hpp"
#include "flashmotion/wan/presets.hpp"
#include "plugins/controlnet_adapter/controlnet_adapter.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace controlnet_adapter_test {

using compare::close_to;
using compare::equal_to;
using controlnet_adapter::ControlNet;
using flashmotion::AnyAdapter;
using flashmotion::IAdapter;
using flashmotion::NamedTensors;
using flashmotion::Tensor;
using flashmotion::wan::DitGenerator;

NamedTensors generator_tensors() {
  DitGenerator dit(toy_requests::config(), 8);
  laws::detail::shake_(dit.named_tensors());
  return dit.named_tensors();
}

Tensor find(const NamedTensors& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
  INFO(name);
  REQUIRE(found != tensors.end());
  return found->tensor;
}

TEST_CASE("the loaded controlnet keeps its laws at strides 1 and 2", "[plugin][law]") {
  const auto context = toy_requests::context();
  for (const std::string stride : {"1", "2"}) {
    AnyAdapter adapter(toy_requests::load<IAdapter>("use = \"controlnet\"\nstride = " + stride + "\n", context));
    CHECK(adapter.depends_on_noise());
    adapter.initialise_from(generator_tensors());
    laws::check_adapter(adapter, context.generator, toy_requests::adapter_request());
  }
}

TEST_CASE("a fresh controlnet runs through the generator's own blocks", "[plugin][unit]") {
  DitGenerator dit(toy_requests::config(), 8);
  laws::detail::shake_(dit.named_tensors());
  ControlNet adapter({}, toy_requests::context());
  adapter.initialise_from(dit.named_tensors());
  // With the identity as projection the edits are the hidden states of the copy.
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < 4; ++i) {
    find(adapter.named_tensors(), "outputs." + std::to_string(i) + ".weight").copy_(torch::eye(32));
  }
  const auto request = toy_requests::adapter_request();
  const std::vector<std::int64_t> taps{0, 1, 2, 3};
  flashmotion::DenoiseRequest pass;
  pass.latent = request.latent;
  pass.sigma = request.sigma;
  pass.text = request.text;
  pass.taps = taps;
  const auto hidden = dit.denoise(pass).taps;
  const auto edits = adapter.edits(request);
  REQUIRE(edits.add.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK_THAT(edits.add[i].tokens, close_to(hidden[i], {1e-4, 1e-4}));
}

TEST_CASE("at stride 2 the copy has blocks 0 and 2 and edits after them", "[plugin][unit]") {
  const auto context = toy_requests::context();
  ControlNet adapter({.stride = 2}, context);
  const auto generator = generator_tensors();
  adapter.initialise_from(generator);
  const auto own = adapter.named_tensors();
  CHECK_THAT(find(own, "blocks.0.self_attn.q.weight"), equal_to(find(generator, "blocks.0.self_attn.q.weight")));
  CHECK_THAT(find(own, "blocks.1.ffn.2.weight"), equal_to(find(generator, "blocks.2.ffn.2.weight")));
  CHECK_THAT(find(own, "patch_embedding.weight"), equal_to(find(generator, "patch_embedding.weight")));
  CHECK(std::none_of(own.begin(), own.end(), [](const auto& t) { return t.name.starts_with("blocks.2."); }));
  const auto sites = adapter.sites(context.generator);
  REQUIRE(sites.size() == 2);
  CHECK(sites[1].block == 2);
}

TEST_CASE("of two experts the named one is copied", "[plugin][unit]") {
  flashmotion::wan::DitExperts experts(DitGenerator(toy_requests::config(), 8), DitGenerator(toy_requests::config(), 9),
                                       0.9);
  laws::detail::shake_(experts.named_tensors());
  using controlnet_adapter::Expert;
  for (const auto& [expert, prefix] :
       {std::pair(Expert::high_noise, "high_noise_model."), {Expert::low_noise, "low_noise_model."}}) {
    ControlNet adapter({.stride = 2, .expert = expert}, toy_requests::context());
    adapter.initialise_from(experts.named_tensors());
    CHECK_THAT(find(adapter.named_tensors(), "blocks.1.ffn.2.weight"),
               equal_to(find(experts.named_tensors(), std::string(prefix) + "blocks.2.ffn.2.weight")));
  }
}

TEST_CASE("at the size of TI2V-5B generator and controlnet count 10.28 billion parameters", "[plugin][golden]") {
  const DitGenerator base(flashmotion::wan::preset("wan22_ti2v_5b").dit, flashmotion::nn::Storage::deferred);
  flashmotion::BuildContext context;
  context.generator = base.spec();
  const auto count = [](const NamedTensors& tensors) {
    std::int64_t sum = 0;
    for (const auto& [name, tensor] : tensors) sum += tensor.numel();
    return sum;
  };
  const std::int64_t generator = count(base.named_tensors());
  const std::int64_t adapter = count(ControlNet({}, context, flashmotion::nn::Storage::deferred).named_tensors());
  CHECK(generator == 4'999'787'712);
  CHECK(adapter == 5'282'992'128);
  CHECK(fmt::format("{:.2f}", static_cast<double>(generator + adapter) / 1e9) == "10.28");
}

TEST_CASE("controlnet copies weights and does not share them", "[plugin][unit]") {
  const auto generator = generator_tensors();
  ControlNet adapter({}, toy_requests::context());
  adapter.initialise_from(generator);
  const Tensor source = find(generator, "blocks.0.self_attn.q.weight");
  const Tensor before = source.detach().clone();
  laws::detail::shake_(adapter.named_tensors());
  CHECK_THAT(source, equal_to(before));
}

TEST_CASE("controlnet names the tensor that the generator lacks or has otherwise", "[plugin][message]") {
  ControlNet adapter({}, toy_requests::context());
  const Tensor before = adapter.named_tensors().front().tensor.detach().clone();
  auto generator = generator_tensors();
  const auto last =
      std::find_if(generator.begin(), generator.end(), [](const auto& t) { return t.name == "blocks.3.ffn.2.bias"; });
  last->tensor = torch::zeros({31});
  CHECK_THROWS_WITH(adapter.initialise_from(generator),
                    "the generator's tensor 'blocks.3.ffn.2.bias' has shape [31], the adapter 'controlnet' expects "
                    "[32]; build both from one configuration");
  generator.erase(last);
  CHECK_THROWS_WITH(adapter.initialise_from(generator),
                    "the generator has no tensor 'blocks.3.ffn.2.bias', which the adapter 'controlnet' copies; use a "
                    "generator of the same family");
  CHECK_THAT(adapter.named_tensors().front().tensor, equal_to(before));
}

TEST_CASE("controlnet asks for a control latent", "[plugin][message]") {
  ControlNet adapter({}, toy_requests::context());
  auto request = toy_requests::adapter_request();
  request.control = Tensor();
  CHECK_THROWS_WITH(adapter.edits(request),
                    "the adapter 'controlnet' got no control latent; give the clip a trajectory");
}

}  // namespace controlnet_adapter_test
