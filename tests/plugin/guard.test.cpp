#include "flashmotion/plugin/guard.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/plugin/fixtures/tiny_parts.hpp"
#include "tests/plugin/plugin_support.hpp"
#include "tests/support/catch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <limits>
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
  spec.patch = {3, 2, 2};  // 4 tokens of the control latent below
  spec.attention_sites = {{flashmotion::SiteKind::self_attention, 0}};
  spec.linears = {{"blocks.0.in", 8, 8}};
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

std::shared_ptr<flashmotion::IWeightSchedule> guarded_schedule(const TinyConfig& config) {
  using Model = flashmotion::WeightScheduleModel<tiny_parts::TinySchedule>;
  return flashmotion::guard(std::make_unique<Model>(tiny_parts::TinySchedule(config)),
                            {test_origin(), "tiny_schedule", small_spec()});
}
std::shared_ptr<flashmotion::ITrajectoryEncoder> guarded_encoder(const TinyConfig& config) {
  using Model = flashmotion::TrajectoryEncoderModel<tiny_parts::TinyEncoder>;
  return flashmotion::guard(std::make_unique<Model>(tiny_parts::TinyEncoder(config)),
                            {test_origin(), "tiny_encoder", small_spec()});
}

flashmotion::TrajectoryRequest trajectory_request() {
  flashmotion::TrajectoryRequest request;
  request.boxes = at::zeros({2, 1, 5, 4});
  request.valid = at::ones({2, 1}, at::kBool);
  request.colours = at::ones({2, 1, 3});
  request.height = 6;
  request.width = 8;
  return request;
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

  CHECK(guarded_schedule({})->at(3) == 1.5);
  CHECK(guarded_encoder({})->encode(trajectory_request()).sizes() == at::IntArrayRef({2, 3, 5, 6, 8}));
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

  CHECK(text("place", edits) ==
        kWho + "edits() of adapter 'tiny' returned tokens for block 99, where the generator takes none");
  CHECK(text("count", edits) == kWho + "edits() of adapter 'tiny' returned 1 tokens for block 0, the video has 4");
  CHECK(text("double", edits) ==
        kWho + "edits() of adapter 'tiny' returned tokens for block 0 in float64, expected float32");

  TinyConfig wide;
  wide.width = 9;
  CHECK(message_of<PluginError>([&] { edits(*guarded_adapter(wide)); }) ==
        kWho + "edits() of adapter 'tiny' returned tokens for block 0 of width 9, the generator has 8");
}

TEST_CASE("edits inside blocks are looked at", "[plugin][message]") {
  const auto text = [](const std::string& what) {
    const auto adapter = guarded_adapter(wrong(what));
    return message_of<PluginError>([&] { (void)adapter->edits(adapter_request()); });
  };
  CHECK(text("extra") ==
        kWho + "edits() of adapter 'tiny' returned 4 keys and 5 values for the self-attention of block 0");
  CHECK(text("extra site") == kWho +
                                  "edits() of adapter 'tiny' returned keys for the cross-attention of block 7, where "
                                  "the generator takes none");
  CHECK(text("linear") == kWho +
                              "edits() of adapter 'tiny' returned a low-rank delta of 'blocks.0.out', which is no "
                              "linear layer that the generator lets be changed");
  CHECK(text("low rank") == kWho +
                                "edits() of adapter 'tiny' returned a low-rank delta of 'blocks.0.in' with down [2, 8] "
                                "and up [8, 3], expected [R, 8] and [8, R]");
}

TEST_CASE("who makes a number that is not finite is named, who was given one is not", "[plugin][message]") {
  const auto adapter = guarded_adapter(wrong("nan"));
  CHECK(message_of<PluginError>([&] { (void)adapter->edits(adapter_request()); }) ==
        kWho +
            "edits() of adapter 'tiny' returned tokens for block 0 with numbers that are not finite, as its parameter "
            "'scale' is not; lower the learning rate");
  flashmotion::AdapterRequest bad = adapter_request();
  bad.control.fill_(std::numeric_limits<double>::infinity());
  CHECK_NOTHROW(adapter->edits(bad));

  OnesSource source;
  const auto loss = guarded_loss(wrong("nan"));
  CHECK(message_of<PluginError>([&] {
          (void)(*loss)({source, loss->needs(), 0});
        }) == kWho + "operator() of objective 'tiny_loss' returned a loss with numbers that are not finite");

  const auto sampler = guarded_sampler({});
  flashmotion::SamplerState state;
  flashmotion::Rng rng(1, "guard");
  const flashmotion::Tensor endless = at::ones({2}) / 0.0;
  CHECK_NOTHROW(sampler->step(endless, at::ones({2}), 0, state, rng));
}

TEST_CASE("what schedules and trajectory encoders return is looked at", "[plugin][message]") {
  const auto weight = [](const std::string& what) {
    return message_of<PluginError>([&] { (void)guarded_schedule(wrong(what))->at(7); });
  };
  CHECK(weight("negative") ==
        kWho + "at() of weight schedule 'tiny_schedule' returned -1 at step 7, expected a finite number of at least 0");
  CHECK(weight("schedule") == kWho + "at() of weight schedule 'tiny_schedule' failed: the schedule is out of order");
  const auto maps = [](const std::string& what) {
    return message_of<PluginError>([&] { (void)guarded_encoder(wrong(what))->encode(trajectory_request()); });
  };
  const std::string encode = kWho + "encode() of trajectory encoder 'tiny_encoder' ";
  CHECK(maps("encoder") == encode + "failed: the encoder is out of order");
  CHECK(maps("double") == encode + "returned control maps in float64, expected float32");
  CHECK(maps("half") == encode + "returned control maps in half precision, expected float32");
  CHECK(maps("extent") == encode + "returned control maps of shape [2, 3, 4, 6, 8], expected [2, 3, 5, 6, 8]");
  CHECK(maps("range") == encode + "returned control maps with numbers outside -1 to 1");
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
