#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/wan/presets.hpp"
#include "plugins/injection_adapter/injection_adapter.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <fmt/format.h>

namespace injection_adapter_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::AnyAdapter;
using flashmotion::IAdapter;
using flashmotion::Tensor;
using injection_adapter::InjectionAdapter;

TEST_CASE("the loaded injection adapter keeps its laws", "[plugin][law]") {
  const auto context = toy_requests::context();
  AnyAdapter adapter(toy_requests::load<IAdapter>("use = \"injection\"\nwidth = 12\nblocks = 2\n", context));
  CHECK_FALSE(adapter.depends_on_noise());
  CHECK(adapter.sites(context.generator).size() == 4);
  laws::check_adapter(adapter, context.generator, toy_requests::adapter_request());
}

TEST_CASE("the injection adapter looks at each frame alone", "[plugin][unit]") {
  InjectionAdapter adapter({.width = 12, .blocks = 2}, toy_requests::context());
  laws::detail::shake_(adapter.named_tensors());
  auto request = toy_requests::adapter_request();
  const Tensor before = adapter.edits(request).add[3].tokens.unflatten(1, {3, 16});
  request.control = request.control.clone();
  request.control.select(2, 1).add_(1);
  const Tensor after = adapter.edits(request).add[3].tokens.unflatten(1, {3, 16});
  CHECK_THAT(after.select(1, 0), close_to(before.select(1, 0)));
  CHECK_THAT(after.select(1, 2), close_to(before.select(1, 2)));
  CHECK_FALSE(after.select(1, 1).equal(before.select(1, 1)));
}

TEST_CASE("a residual block of the injection adapter sees two cells far", "[plugin][unit]") {
  InjectionAdapter adapter({.width = 12, .blocks = 1}, toy_requests::context());
  laws::detail::shake_(adapter.named_tensors());
  flashmotion::AdapterRequest request;
  request.control = torch::zeros({1, 6, 1, 8, 8});
  const Tensor before = adapter.edits(request).add[0].tokens.view({8, 8, -1});
  request.control = request.control.clone();
  request.control.select(3, 4).select(3, 4).add_(1);
  const Tensor changed = (adapter.edits(request).add[0].tokens.view({8, 8, -1}) - before).abs().amax(-1) > 1e-6;
  Tensor want = torch::zeros({8, 8}, torch::kBool);
  want.slice(0, 2, 7).slice(1, 2, 7).fill_(true);
  CHECK_THAT(changed, equal_to(want));
}

TEST_CASE("at the size of TI2V-5B the wide injection adapter brings 5.02 billion parameters", "[plugin][golden]") {
  const flashmotion::wan::DitGenerator base(flashmotion::wan::preset("wan22_ti2v_5b").dit,
                                            flashmotion::nn::Storage::deferred);
  flashmotion::BuildContext context;
  context.generator = base.spec();
  const auto count = [](const flashmotion::NamedTensors& tensors) {
    std::int64_t sum = 0;
    for (const auto& [name, tensor] : tensors) sum += tensor.numel();
    return sum;
  };
  const std::int64_t adapter = count(InjectionAdapter({.width = 192, .blocks = 3}, context).named_tensors());
  CHECK(adapter == 19'815'744);
  CHECK(fmt::format("{:.2f}", static_cast<double>(count(base.named_tensors()) + adapter) / 1e9) == "5.02");
}

TEST_CASE("the seed decides the weights of the injection adapter", "[plugin][unit]") {
  const auto weight = [](std::uint64_t seed) {
    return InjectionAdapter({}, toy_requests::context(seed)).named_tensors().front().tensor;
  };
  CHECK_THAT(weight(3), equal_to(weight(3)));
  CHECK_FALSE(weight(3).equal(weight(4)));
}

TEST_CASE("the injection adapter asks for a control latent", "[plugin][message]") {
  InjectionAdapter adapter({}, toy_requests::context());
  CHECK_THROWS_WITH(adapter.edits({}), "the adapter 'injection' got no control latent; give the clip a trajectory");
}

}  // namespace injection_adapter_test
