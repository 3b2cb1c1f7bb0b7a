#include "flashmotion/plugin/guard.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/plugin/fixtures/tiny_parts.hpp"
#include "tests/plugin/plugin_support.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <string>

namespace guard_test {

using namespace plugin_support;
using flashmotion::BuildContext;
using flashmotion::PluginError;
using tiny_parts::TinyConfig;

const std::string kWho = "plugin controlnet_adapter 0.1.0: ";

flashmotion::GeneratorSpec small_spec() {
  flashmotion::GeneratorSpec spec;
  spec.width = 8;
  spec.blocks = 2;
  spec.sites = {{flashmotion::SiteKind::after_block, 0}, {flashmotion::SiteKind::after_block, 1}};
  return spec;
}

TinyConfig wrong(const std::string& what) {
  TinyConfig config;
  config.wrong = what;
  return config;
}

std::shared_ptr<flashmotion::IAdapter> guarded_adapter(const TinyConfig& config) {
  using Model = flashmotion::AdapterModel<tiny_parts::TinyAdapter>;
  return flashmotion::guard(std::make_unique<Model>(tiny_parts::TinyAdapter(config, BuildContext{})),
                            {test_origin(), "tiny", small_spec()});
}
std::shared_ptr<flashmotion::IDiscriminatorHead> guarded_head(const TinyConfig& config) {
  using Model = flashmotion::DiscriminatorHeadModel<tiny_parts::TinyHead>;
  return flashmotion::guard(std::make_unique<Model>(tiny_parts::TinyHead(config)),
                            {test_origin(), "tiny_head", small_spec()});
}
std::shared_ptr<flashmotion::IObjective> guarded_loss(const TinyConfig& config) {
  using Model = flashmotion::ObjectiveModel<tiny_parts::TinyLoss>;
  return flashmotion::guard(std::make_unique<Model>(tiny_parts::TinyLoss(config)),
                            {test_origin(), "tiny_loss", small_spec()});
}
std::shared_ptr<flashmotion::ISampler> guarded_sampler(const TinyConfig& config) {
  using Model = flashmotion::SamplerModel<tiny_parts::TinySampler>;
  return flashmotion::guard(std::make_unique<Model>(tiny_parts::TinySampler(config)),
                            {test_origin(), "tiny_sampler", small_spec()});
}

flashmotion::AdapterRequest adapter_request() {
  flashmotion::AdapterRequest request;
  request.control = at::zeros({2, 4, 3, 4, 4});
  return request;
}

class OnesSource final : public flashmotion::QuantitySource {
 protected:
  [[nodiscard]] flashmotion::Tensor compute(flashmotion::Quantity quantity) override {
    if (quantity == flashmotion::Quantity::clean) return at::ones({2, 3});
    throw flashmotion::Error("not here");
  }
};

TEST_CASE("what is thrown inside a plugin comes out as one type", "[plugin][message]") {
  const flashmotion::Origin origin = test_origin();
  const auto run = [&](auto call) {
    flashmotion::guarded(
        *origin, [] { return std::string("doing it"); }, call);
  };
  CHECK(message_of<PluginError>([&] { run([] { throw std::runtime_error("own text"); }); }) ==
        kWho + "doing it failed: own text");
  CHECK(message_of<PluginError>([&] { run([] { throw 42; }); }) ==
        kWho + "doing it failed: it threw something that is no std::exception");
  CHECK(message_of<PluginError>([&] { run([] { throw std::bad_alloc(); }); }) ==
        kWho + "doing it failed: there is not enough memory");
  CHECK(message_of<PluginError>([&] { run([] { throw flashmotion::ShapeError("latent is odd"); }); }) ==
        kWho + "doing it failed: latent is odd");
  CHECK(flashmotion::guarded(
            *origin, [] { return std::string(); }, [] { return 7; }) == 7);
}

TEST_CASE("errors with a meaning to the program keep their type", "[plugin][unit]") {
  const flashmotion::Origin origin = test_origin();
  const auto run = [&](auto call) {
    flashmotion::guarded(
        *origin, [] { return std::string("doing it"); }, call);
  };
  CHECK(message_of<flashmotion::RecipeError>([&] { run([] { throw flashmotion::RecipeError("bad key"); }); }) ==
        "bad key");
  CHECK(message_of<PluginError>([&] { run([] { throw PluginError("said before"); }); }) == "said before");
  CHECK_THROWS_AS(run([] { throw flashmotion::Interrupted(2); }), flashmotion::Interrupted);
}

TEST_CASE("errors of LibTorch come without their backtrace", "[plugin][message]") {
  const auto adapter = guarded_adapter(wrong("torch"));
  const std::string text = message_of<PluginError>([&] { (void)adapter->edits(adapter_request()); });
  CHECK(text.rfind(kWho + "edits() of adapter 'tiny' failed: The size of tensor a (2) must match", 0) == 0);
  CHECK(text.find("frame #") == std::string::npos);
  CHECK(text.find("Exception raised from") == std::string::npos);
}

TEST_CASE("a well-behaved component passes the guard unchanged", "[plugin][unit]") {
  const auto adapter = guarded_adapter({});
  CHECK(adapter->sites(small_spec()).size() == 1);
  CHECK_FALSE(adapter->depends_on_noise());
  CHECK_NOTHROW(adapter->initialise_from({}));
  CHECK_NOTHROW(adapter->set_training(true));
  CHECK(adapter->named_tensors().size() == 1);
  const auto edits = adapter->edits(adapter_request());
  REQUIRE(edits.add.size() == 1);
  CHECK(edits.add[0].tokens.sizes() == at::IntArrayRef({2, 4, 8}));

  const auto head = guarded_head({});
  CHECK(head->tap_blocks(small_spec()) == std::vector<std::int64_t>{0, 1});
  CHECK(head->named_tensors().empty());
  CHECK_NOTHROW(head->set_training(false));
  flashmotion::HeadRequest request;
  request.sigma = at::zeros({5});
  CHECK(head->logits(request).sizes() == at::IntArrayRef({5, 3}));

  const auto loss = guarded_loss({});
  OnesSource source;
  CHECK(loss->name() == "tiny_loss");
  CHECK((*loss)(flashmotion::StepView(source, loss->needs(), 0)).value.item<float>() == 3.0F);

  const auto sampler = guarded_sampler({});
  CHECK(sampler->sigmas().size() == 3);
  flashmotion::SamplerState state;
  flashmotion::Rng rng(1, "guard");
  CHECK(sampler->step(at::ones({2}), at::ones({2}), 0, state, rng).sum().item<float>() == 1.0F);
}

TEST_CASE("failures in an adapter's methods are named", "[plugin][message]") {
  const auto text = [](const std::string& what, auto call) {
    const auto adapter = guarded_adapter(wrong(what));
    return message_of<PluginError>([&] { call(*adapter); });
  };
  const auto edits = [](flashmotion::IAdapter& adapter) { (void)adapter.edits(adapter_request()); };
  CHECK(text("edits", edits) == kWho + "edits() of adapter 'tiny' failed: the edits is out of order");
  CHECK(text("undefined", edits) == kWho + "edits() of adapter 'tiny' returned tokens for block 0 without a value");
  CHECK(text("rank", edits) ==
        kWho + "edits() of adapter 'tiny' returned tokens for block 0 of shape [4, 8], expected [B, N, D]");
  CHECK(text("oddity", [](flashmotion::IAdapter& adapter) { adapter.set_training(true); }) ==
        kWho + "set_training() of adapter 'tiny' failed: it threw something that is no std::exception");
  CHECK(text("memory", [](flashmotion::IAdapter& adapter) { adapter.initialise_from({}); }) ==
        kWho + "initialise_from() of adapter 'tiny' failed: there is not enough memory");
  CHECK(text("twice", [](flashmotion::IAdapter& adapter) { (void)adapter.named_tensors(); }) ==
        kWho + "named_tensors() of adapter 'tiny' returned 'scale' twice");
  CHECK(text("site", [](flashmotion::IAdapter& adapter) { (void)adapter.sites(small_spec()); }) ==
        kWho + "sites() of adapter 'tiny' returned block 99, which the generator does not have");

  TinyConfig wide;
  wide.width = 9;
  CHECK(message_of<PluginError>([&] { edits(*guarded_adapter(wide)); }) ==
        kWho + "edits() of adapter 'tiny' returned tokens for block 0 of width 9, the generator has 8");
}

TEST_CASE("what heads, objectives and samplers return is looked at", "[plugin][message]") {
  CHECK(message_of<PluginError>([] { (void)guarded_head(wrong("taps"))->tap_blocks(small_spec()); }) ==
        kWho +
            "tap_blocks() of discriminator head 'tiny_head' returned block 1 after block 1; blocks must rise and "
            "lie in 0 to 1");
  flashmotion::HeadRequest request;
  request.sigma = at::zeros({2});
  CHECK(message_of<PluginError>([&] { (void)guarded_head(wrong("batch"))->logits(request); }) ==
        kWho + "logits() of discriminator head 'tiny_head' returned logits for a batch of 3, expected 2");

  OnesSource source;
  const auto loss = [&](const std::string& what) {
    const auto objective = guarded_loss(wrong(what));
    return message_of<PluginError>([&] { (void)(*objective)({source, objective->needs(), 0}); });
  };
  CHECK(loss("scalar") ==
        kWho + "operator() of objective 'tiny_loss' returned a loss of shape [2, 3], expected a scalar []");
  CHECK(loss("undeclared").find("the quantity 'sigma' was read but is not declared") != std::string::npos);

  CHECK(message_of<PluginError>([] { (void)guarded_sampler(wrong("sigmas"))->sigmas(); }) ==
        kWho + "sigmas() of sampler 'tiny_sampler' returned a list that does not fall strictly from at most 1 to 0");
  flashmotion::SamplerState state;
  flashmotion::Rng rng(1, "guard");
  CHECK(message_of<PluginError>([&] {
          (void)guarded_sampler(wrong("shape"))->step(at::ones({2}), at::ones({2}), 0, state, rng);
        }) == kWho + "step() of sampler 'tiny_sampler' returned a latent of shape [1], expected [2]");
}

TEST_CASE("an object dies before its library", "[plugin][unit]") {
  std::vector<std::string> order;
  struct Late {
    std::vector<std::string>* order;
    ~Late() { order->push_back("library"); }
  };
  class Last final : public flashmotion::IObjective {
   public:
    explicit Last(std::vector<std::string>& list) : list_(list) {}
    ~Last() override { list_.push_back("object"); }
    [[nodiscard]] std::string name() const override { return "last"; }
    [[nodiscard]] flashmotion::Quantities needs() const override { return {}; }
    [[nodiscard]] flashmotion::LossTerm operator()(const flashmotion::StepView&) const override { return {}; }

   private:
    std::vector<std::string>& list_;
  };
  {
    auto origin = std::make_shared<const flashmotion::PluginOrigin>(
        flashmotion::PluginOrigin{"p", "1", "f", std::shared_ptr<const void>(std::make_shared<Late>(Late{&order}))});
    order.clear();
    auto object = flashmotion::guard(std::make_unique<Last>(order), {std::move(origin), "last", {}});
    CHECK(order.empty());
  }
  CHECK(order == std::vector<std::string>{"object", "library"});
}

}  // namespace guard_test
