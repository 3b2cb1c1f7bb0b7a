#include "flashmotion/train/sample_shares.hpp"

#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/objectives/feature_matching.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/objectives/lcm.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/train/distil_stage.hpp"
#include "flashmotion/train/hybrid_stage.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/thread_processes.hpp"
#include "tests/train/tiny_world.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// However the samples of a step are shared out, over micro-batches or processes, the step is the same but for rounding.

namespace sample_shares_test {

using namespace tiny_world;
using flashmotion::DiffusionLoss;
using flashmotion::FewStep;
using flashmotion::ObjectivesByTarget;
using flashmotion::Processes;
using flashmotion::RowShare;
using flashmotion::SampleShares;
using flashmotion::StepReport;

constexpr std::int64_t kSamples = 4;
constexpr std::int64_t kSteps = 3;

/// All numbers of some steps: terms, gradient norms, gradients of terms, weights.
using Numbers = std::map<std::string, std::vector<double>>;

Numbers train(flashmotion::IStage& stage) {
  Numbers numbers;
  for (flashmotion::Role* role : stage.roles()) role->measure_terms_every(2);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const StepReport report = stage.step(step);
    for (const flashmotion::TermValue& term : report.terms) {
      numbers["term " + term.name].push_back(term.value.item<double>());
      if (!term.gradient_norm.defined()) continue;
      numbers["norm of " + term.name].push_back(term.gradient_norm.item<double>());
      numbers["cosine of " + term.name].push_back(term.gradient_cosine.item<double>());
    }
    for (const auto& [role, norm] : report.gradient_norms) numbers["norm " + role].push_back(norm.item<double>());
  }
  for (flashmotion::Role* role : stage.roles()) {
    for (const auto& item : role->state()) {
      const Tensor flat = item.tensor.to(torch::kDouble).flatten().contiguous();
      numbers[item.name].assign(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
    }
  }
  return numbers;
}

/// Makes and trains a stage of so large a batch with such shares.
using Run = std::function<Numbers(std::int64_t batch, const SampleShares& shares)>;

void check_same(const Numbers& whole, const Numbers& other, const std::string& how) {
  INFO(how);
  REQUIRE(whole.size() == other.size());
  for (const auto& [name, values] : whole) {
    INFO(name);
    const auto found = other.find(name);
    REQUIRE(found != other.end());
    REQUIRE(found->second.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(found->second[i] == Approx(values[i]).epsilon(1e-4).margin(1e-6));
  }
}

void check_shares(const Run& run) {
  const Numbers whole = run(kSamples, {});
  for (const std::int64_t parts : {2, 4})
    check_same(whole, run(kSamples / parts, {parts, nullptr}), std::to_string(parts) + " micro-batches");
  for (const auto& [size, parts] : std::vector<std::pair<std::int64_t, std::int64_t>>{{2, 1}, {4, 1}, {2, 2}}) {
    std::vector<Numbers> all(static_cast<std::size_t>(size));
    thread_processes::run(size, [&, parts = parts](Processes& p) {
      all[static_cast<std::size_t>(p.rank())] = run(kSamples / parts, {parts, &p});
    });
    const std::string how = std::to_string(size) + " processes, " + std::to_string(parts) + " micro-batches";
    check_same(whole, all[0], how);
    // And between the processes to the last bit.
    for (const Numbers& other : all) CHECK((other == all[0]));
  }
}

TEST_CASE("rows of a share lie where the sample's number says", "[train][unit]") {
  const SampleShares parts{3, nullptr};
  const RowShare second = parts.rows(4, 1);
  CHECK(second.first == 4);
  CHECK(second.count == 4);
  CHECK(second.total == 12);
  thread_processes::run(2, [](Processes& p) {
    const RowShare rows = SampleShares{3, &p}.rows(4, 2);
    if (rows.first != 8 + 2 * p.rank() || rows.count != 2 || rows.total != 12) throw flashmotion::Error("rows");
  });
}

TEST_CASE("a generator is trained alike however samples are shared out", "[train][law]") {
  check_shares([](std::int64_t batch, const SampleShares& shares) {
    flashmotion::BatchSource world = data();
    flashmotion::DenoisingSettings settings{"p", 3, kSteps, batch, 0, {}, {}, 0.9};
    settings.shares = shares;
    flashmotion::DenoisingStage<TinyGenerator, TinyAdapter> stage(settings, world, TinyGenerator(0.5), std::nullopt,
                                                                  stack(DiffusionLoss({})));
    return train(stage);
  });
}

TEST_CASE("an adapter is trained alike however samples are shared out", "[train][law]") {
  check_shares([](std::int64_t batch, const SampleShares& shares) {
    flashmotion::BatchSource world = data();
    flashmotion::DenoisingSettings settings{"a", 3, kSteps, batch, 1, {}, {}, 0.9};
    settings.shares = shares;
    flashmotion::DenoisingStage<TinyGenerator, TinyAdapter> stage(settings, world, TinyGenerator(0.5), TinyAdapter(),
                                                                  stack(DiffusionLoss({})));
    return train(stage);
  });
}

Run distil(const std::function<ObjectivesByTarget()>& objectives, std::int64_t every, bool adapters) {
  return [=](std::int64_t batch, const SampleShares& shares) {
    flashmotion::BatchSource world = data();
    flashmotion::DistilSettings settings;
    settings.name = "d";
    settings.seed = 5;
    settings.steps = kSteps;
    settings.batch = batch;
    settings.generator_every = every;
    settings.real_guidance = 2.0;
    settings.score_timesteps = {.density = flashmotion::Density::uniform, .shift = 1.0};
    settings.ema = 0.9;
    settings.shares = shares;
    flashmotion::DistilNetworks<TinyGenerator, TinyAdapter> networks{.student = TinyGenerator(0.5),
                                                                     .real = TinyGenerator(0.4)};
    networks.fake = TinyGenerator(0.45);
    if (adapters) {
      networks.student_adapter = TinyAdapter();
      networks.real_adapter = TinyAdapter();
      networks.fake_adapter = TinyAdapter();
    }
    flashmotion::DistilStage<TinyGenerator, TinyAdapter, FewStep> stage(
        settings, world, networks, FewStep({.steps = 4, .shift = 1.0}), objectives());
    return train(stage);
  };
}

TEST_CASE("a distillation is the same however samples are shared out", "[train][law]") {
  const auto dmd = [] {
    ObjectivesByTarget objectives;
    objectives["generator"] = stack(flashmotion::DistributionMatching({}));
    objectives["fake_score"] = stack(DiffusionLoss({}));
    return objectives;
  };
  check_shares(distil(dmd, 1, false));
  check_shares(distil(dmd, 2, true));
  check_shares(distil(
      [] {
        ObjectivesByTarget objectives;
        objectives["generator"] = stack(flashmotion::Lcm({}));
        return objectives;
      },
      1, true));
}

TEST_CASE("a hybrid stage is the same however samples are shared out", "[train][law]") {
  for (const std::int64_t every : {1, 2}) {
    check_shares([every](std::int64_t batch, const SampleShares& shares) {
      flashmotion::BatchSource world = data();
      flashmotion::HybridSettings settings;
      settings.name = "h";
      settings.steps = kSteps;
      settings.batch = batch;
      settings.adapter_every = every;
      settings.diffusion_timesteps = {.density = flashmotion::Density::logit_normal};
      settings.shares = shares;
      ObjectivesByTarget objectives;
      objectives["adapter"] = stack(DiffusionLoss({.compare = flashmotion::DiffusionTarget::clean}),
                                    flashmotion::AdversarialLoss({}), flashmotion::FeatureMatching({}));
      objectives["discriminator"] = stack(flashmotion::DiscriminatorLoss({}), flashmotion::GradientPenalty({}));
      TinyGenerator generator(0.5), features(0.6);
      flashmotion::HybridStage<TinyGenerator, TinyAdapter, TinyHead, FewStep> stage(
          settings, world, generator, TinyAdapter(), features, TinyHead(), FewStep({.steps = 4, .shift = 3.0}),
          std::move(objectives));
      return train(stage);
    });
  }
}

}  // namespace sample_shares_test
