#include "flashmotion/plugin/laws/component_laws.hpp"

#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/laws/adapter_laws.hpp"
#include "flashmotion/plugin/laws/head_laws.hpp"
#include "flashmotion/plugin/laws/law.hpp"
#include "flashmotion/plugin/laws/objective_laws.hpp"
#include "flashmotion/plugin/laws/sampler_laws.hpp"
#include "flashmotion/plugin/laws/schedule_laws.hpp"
#include "flashmotion/plugin/laws/tensors.hpp"
#include "flashmotion/plugin/laws/tiny_world.hpp"
#include "flashmotion/plugin/laws/trainable_laws.hpp"
#include "flashmotion/plugin/laws/trajectory_encoder_laws.hpp"
#include "tests/plugin/plugin_support.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace component_laws_test {

using flashmotion::LawResult;
using flashmotion::LawResults;
using Names = std::vector<std::string>;

const flashmotion::Catalog& broken_catalog() {
  static const flashmotion::Catalog catalog = [] {
    flashmotion::Catalog loaded;
    flashmotion::PluginHost({}).load(std::string(FLASHMOTION_TEST_FIXTURES) + "/fixture_broken.so", loaded);
    return loaded;
  }();
  return catalog;
}

LawResults judge(const std::string& kind, const std::string& fault) {
  const plugin_support::Recipe recipe("use = 'broken_" + kind + "'\nfault = '" + fault + "'\n");
  return flashmotion::judge_component(kind, broken_catalog(), recipe.component());
}

Names broken(const LawResults& results) {
  Names names;
  for (const LawResult& result : results)
    if (!result.holds) names.push_back(result.law);
  return names;
}

std::string detail(const LawResults& results, const std::string& law) {
  for (const LawResult& result : results)
    if (result.law == law) return result.detail;
  return "not judged";
}

struct Kind {
  std::string name;
  Names laws;  // in the order in which they are judged
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"adapter",
       {"built", "parameters", "sites", "shapes", "identity", "modes", "gradients", "noise", "generator", "seed",
        "round_trip", "bfloat16"}},
      {"head",
       {"built", "parameters", "taps", "shapes", "modes", "gradients", "tap_gradients", "clips", "exact_taps", "seed",
        "round_trip", "bfloat16"}},
      {"objective", {"built", "name", "declared", "value", "gradient", "repeatable"}},
      {"sampler", {"built", "levels", "network_levels", "shapes", "exact", "state"}},
      {"schedule", {"built", "weights", "repeatable"}},
      {"trajectory_encoder", {"built", "shapes", "repeatable", "clips", "valid", "places"}},
  };
  return all;
}

TEST_CASE("a sound component of each kind keeps all laws of its kind", "[plugin][law]") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    const LawResults results = judge(kind.name, "none");
    Names judged;
    for (const LawResult& result : results) {
      INFO(result.law << ": " << result.detail);
      CHECK(result.holds);
      CHECK_FALSE(result.detail.empty());
      if (result.law != "cuda") judged.push_back(result.law);
    }
    CHECK(judged == kind.laws);
  }
}

TEST_CASE("for each law there is a plugin that breaks it and no other", "[plugin][law]") {
  for (const Kind& kind : kinds()) {
    for (const std::string& law : kind.laws) {
      INFO(kind.name << " that breaks " << law);
      const LawResults results = judge(kind.name, law);
      CHECK(broken(results) == Names{law});
    }
  }
}

TEST_CASE("a broken law says what was found and what to do", "[plugin][message]") {
  const auto text = [](const std::string& kind, const std::string& law) { return detail(judge(kind, law), law); };
  CHECK(text("adapter", "built") ==
        "plugin fixture_broken 0.0.1: building the adapter 'broken_adapter' failed: the licence has run out");
  CHECK(text("adapter", "sites") == "it names a site twice");
  CHECK(
      text("adapter", "shapes") ==
      "plugin fixture_broken 0.0.1: edits() of adapter 'broken_adapter' returned 47 tokens for block 0, the video has "
      "48");
  CHECK(text("adapter", "gradients") == "no gradient reaches 'idle'");
  CHECK(text("adapter", "noise") == "depends_on_noise() is false, but without latent and sigma the edits are others");
  CHECK(text("adapter", "seed") ==
        "'in' has other values in a second build from the same seed; draw through flashmotion::Rng");
  CHECK(text("adapter", "bfloat16") == "'in' is not float32");
  CHECK(text("head", "exact_taps") ==
        "a request with a tap too few gives logits; compare taps.size() with tap_blocks()");
  CHECK(text("head", "modes") == "with training off, two equal calls give different results");
  CHECK(text("objective", "declared") == "it reads 'velocity_target' and does not declare it; add it to needs()");
  CHECK(text("objective", "gradient") == "its value has no gradient; nothing can learn from it");
  CHECK(text("sampler", "network_levels") == "at step 1 the network is told 0.7, the level is 0.6");
  CHECK(text("trajectory_encoder", "valid") == "with boxes an object that is not valid changes the maps");
  CHECK(text("schedule", "repeatable") ==
        "step 1 has another weight when other steps were asked for in between; keep no state");
  CHECK(text("sampler", "levels") ==
        "plugin fixture_broken 0.0.1: sigmas() of sampler 'broken_sampler' returned a list that does not fall strictly "
        "from at most 1 to 0");
}

TEST_CASE("laws that lean on a broken one are not judged", "[plugin][law]") {
  const LawResults results = judge("adapter", "shapes");
  CHECK(results.size() == 4);
  CHECK(results.back().law == "shapes");
  CHECK(detail(results, "identity") == "not judged");
}

TEST_CASE("an unknown kind has no laws", "[plugin][message]") {
  const plugin_support::Recipe recipe("use = 'x'\n");
  CHECK_THROWS_WITH(flashmotion::judge_component("codec", broken_catalog(), recipe.component()),
                    "there are no laws for the kind 'codec'");
}

}  // namespace component_laws_test
