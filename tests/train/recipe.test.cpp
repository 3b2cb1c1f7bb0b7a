#include "flashmotion/train/recipe.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/ablation.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace recipe_test {

using flashmotion::Catalog;
using flashmotion::PluginHost;
using flashmotion::Recipe;

const std::filesystem::path kRecipes = std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes";

Recipe read(const std::filesystem::path& path, const std::vector<std::string>& overrides = {}) {
  Catalog catalog = flashmotion::builtin_catalog();
  PluginHost host({{}, {std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins"}});
  return flashmotion::read_recipe(path.string(), overrides, catalog, host);
}

// What reading this text says, with `r.toml` for the file.
std::string message_of(const std::string& text) {
  const TempFolder temp;
  const std::string file = (temp / "r.toml").string();
  std::ofstream(file) << text;
  try {
    static_cast<void>(read(file));
  } catch (const flashmotion::InputError& problem) {
    std::string message = problem.what();
    for (std::size_t at = 0; (at = message.find(file)) != std::string::npos;)
      message.replace(at, file.size(), "r.toml");
    return message;
  }
  return "nothing was thrown";
}

const std::string kParts = R"([data]
use = "toy_motion"
)";
const std::string kPretrain = R"([[stage]]
name = "pretrain"
use = "pretrain"
steps = 1
[[stage.objective]]
name = "flow"
use = "diffusion"
target = "generator"
)";

TEST_CASE("every shipped recipe is good and its resolved text says the same", "[train][recipe]") {
  std::size_t recipes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRecipes)) {
    if (entry.path().extension() != ".toml" || entry.path().parent_path().filename() == "ablations") continue;
    ++recipes;
    INFO(entry.path().string());
    std::vector<std::string> overrides;
    if (entry.path().filename() == "clips.toml") overrides = {"data.folder=\"clips\""};
    const Recipe recipe = read(entry.path(), overrides);
    CHECK(recipe.folder == entry.path().parent_path().string());
    const TempFolder temp;
    std::ofstream(temp / "again.toml") << recipe.resolved_in((temp / "").string());
    const Recipe again = read(temp / "again.toml");
    CHECK(again.resolved == recipe.resolved_in((temp / "").string()));
    CHECK(again.resolved_in(recipe.folder) == recipe.resolved);
  }
  CHECK(recipes >= 6);
}

TEST_CASE("every variant of a shipped ablation is a good recipe", "[train][recipe]") {
  std::size_t variants = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRecipes / "ablations")) {
    const flashmotion::Ablation ablation = flashmotion::read_ablation(entry.path().string());
    for (const flashmotion::AblationVariant& variant : ablation.variants) {
      INFO(entry.path().string() << ": " << variant.name);
      ++variants;
      CHECK_FALSE(read(ablation.recipe, variant.changes).config.variant.empty());
    }
  }
  CHECK(variants >= 14);
}

TEST_CASE("the baselines of the paper distil generator and adapter together", "[train][recipe]") {
  const flashmotion::Ablation ablation = flashmotion::read_ablation((kRecipes / "ablations/paper.toml").string());
  const auto with = [&](const std::string& name) {
    for (const flashmotion::AblationVariant& variant : ablation.variants)
      if (variant.name == name) return read(ablation.recipe, variant.changes);
    throw flashmotion::Error("there is no variant " + name);
  };
  for (const char* name : {"joint_dmd", "lcm"}) {
    INFO(name);
    const Recipe recipe = with(name);
    CHECK(recipe.find_stage("fast_adapter") == nullptr);
    REQUIRE(recipe.find_stage("fast_generator") != nullptr);
    CHECK(recipe.find_stage("fast_generator")->adapter == "slow_adapter");
    REQUIRE(recipe.config.variant.size() == 1);
    CHECK(recipe.config.variant[0].generator == "fast_generator");
    CHECK(recipe.config.variant[0].adapter == "fast_generator");
  }
  const auto dmd = with("joint_dmd").find_stage("fast_generator")->objective;
  REQUIRE(dmd.size() == 2);
  CHECK(dmd[0].objective.use == "distribution_matching");
  const auto lcm = with("lcm").find_stage("fast_generator")->objective;
  REQUIRE(lcm.size() == 1);
  CHECK(lcm[0].objective.use == "lcm");
  CHECK(lcm[0].target == "generator");
}

TEST_CASE("a distillation with an adapter needs one that was trained, and trains both anew", "[train][message]") {
  const auto problem = [](const std::vector<std::string>& changes) {
    try {
      static_cast<void>(read(kRecipes / "toy/smoke.toml", changes));
    } catch (const flashmotion::InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  CHECK(problem({"stage.fast_generator.adapter=slow_adapter"}) == "nothing was thrown");
  CHECK_THAT(problem({"stage.fast_generator.adapter=fast_adapter"}),
             Catch::Contains("'adapter' is 'fast_adapter', which is no earlier stage that makes an adapter"));
  CHECK_THAT(problem({"stage.fast_generator.adapter=slow_adapter", "stage.fast_generator.load=a.safetensors"}),
             Catch::Contains("'load' takes one network, but with 'adapter' this stage has two"));
  CHECK_THAT(problem({"stage.fast_generator.adapter=slow_adapter", "variant.diffusion_only.adapter=fast_generator",
                      "variant.diffusion_only.drop=[\"dmd\"]"}),
             Catch::Contains("'drop' retrains an adapter alone, but 'fast_generator' trains a generator with it"));
  CHECK_THAT(problem({"drop stage.fast_generator.objective.fake_score", "discriminator.features=fast_generator",
                      "discriminator.features_role=fake_score"}),
             Catch::Contains("which is no stage that trains one"));
  CHECK_THAT(problem({"stage.fast_generator.consistency.skip=2000"}),
             Catch::Contains("'skip' must not be above 'levels'"));
}

TEST_CASE("overrides reach the recipe", "[train][recipe]") {
  const Recipe plain = read(kRecipes / "toy/smoke.toml");
  const Recipe changed =
      read(kRecipes / "toy/smoke.toml", {"run.seed=7", "stage.fast_adapter.steps=9", "adapter.use=\"controlnet\"",
                                         "stage.fast_adapter.objective.gan.weight=0.25"});
  CHECK(changed.config.run.seed == 7);
  REQUIRE(changed.find_stage("fast_adapter") != nullptr);
  CHECK(changed.find_stage("fast_adapter")->steps == 9);
  CHECK(changed.find_stage("fast_adapter")->objective[1].weight.number == 0.25);
  CHECK(changed.find_stage("slow_adapter")->steps == plain.find_stage("slow_adapter")->steps);
  CHECK(changed.config.adapter.use == "controlnet");
  CHECK(changed.resolved != plain.resolved);
  CHECK(changed.resolved.find("seed = 7") != std::string::npos);
  CHECK(plain.find_stage("no such stage") == nullptr);
}

TEST_CASE("parts of plugins are dumped whole and read again", "[train][recipe]") {
  const Recipe recipe =
      read(kRecipes / "toy/smoke.toml",
           {"adapter={ use = \"lora_control\", rank = 3, linears = [\"ffn.0\"] }", "trajectory.use=\"gaussian\"",
            "stage.slow_adapter.objective.flow.use=\"object_diffusion\"", "sampler.many.use=\"heun\"",
            "stage.fast_adapter.objective.gan.weight={ use = \"piecewise\", steps = [0, 2], values = [0.0, 1.0] }"});
  for (const char* text : {"rank = 3", "keys = \"self\"", "linears = [\"ffn.0\"]", "[trajectory]", "spread = 0.25",
                           "inside = 4.0", "use = \"heun\"", "hold = false"}) {
    CAPTURE(text);
    CHECK(recipe.resolved.find(text) != std::string::npos);
  }
  const TempFolder temp;
  std::ofstream(temp / "again.toml") << recipe.resolved_in((temp / "").string());
  CHECK(read(temp / "again.toml").resolved == recipe.resolved_in((temp / "").string()));
  CHECK(read(kRecipes / "toy/smoke.toml").config.trajectory.use == "fill");
}

TEST_CASE("an unknown schedule or trajectory encoder comes with what there is", "[train][message]") {
  const std::string generator = "[generator]\ntext_width = 32\n";
  CHECK_THAT(
      message_of(kParts + generator + "[trajectory]\nuse = \"fil\"\n" + kPretrain + "weight = { use = \"cosin\" }\n"),
      Catch::Contains("r.toml:6:7: error: no trajectory encoder named 'fil'; did you mean 'fill'?") &&
          Catch::Contains("r.toml:15:18: error: no weight schedule named 'cosin'; did you mean 'cosine'?"));
  CHECK_THAT(message_of(kParts + generator + kPretrain + "weight = { use = \"linear\", steps = 0 }\n"),
             Catch::Contains("r.toml:13:36: error: 'steps' must be at least 1"));
}

TEST_CASE("the discriminator's features come from a slow or fast generator or a fake score", "[train][recipe]") {
  const auto features = [](const std::string& stage, const std::string& role) {
    return read(kRecipes / "toy/smoke.toml",
                {"discriminator.features=\"" + stage + "\"", "discriminator.features_role=\"" + role + "\""})
        .config.discriminator->features_role;
  };
  using flashmotion::FeatureRole;
  CHECK(features("pretrain", "generator") == FeatureRole::generator);
  CHECK(features("fast_generator", "generator") == FeatureRole::generator);
  CHECK(features("fast_generator", "fake_score") == FeatureRole::fake_score);
  CHECK_THROWS_WITH(features("pretrain", "fake_score"),
                    Catch::Contains("'features_role' is 'fake_score', but 'features' is 'pretrain', which is no stage "
                                    "that trains one; there are 'fast_generator'"));
  CHECK_THROWS_WITH(features("slow_adapter", "generator"),
                    Catch::Contains("'features' is 'slow_adapter', which is no earlier stage that makes a generator"));
}

TEST_CASE("a sampler has guidance, and another for high noise levels", "[train][recipe]") {
  const TempFolder temp;
  const std::string rest = "[generator]\ntext_width = 32\n" + kPretrain;
  std::ofstream(temp / "a.toml") << kParts << rest << "[[sampler]]\nname = \"s\"\nuse = \"unipc\"\nsteps = 40\n"
                                 << "guidance = 3.0\nhigh_noise = { guidance = 4.5, boundary = 0.9 }\n";
  const Recipe recipe = read(temp / "a.toml");
  REQUIRE(recipe.config.sampler.size() == 1);
  const auto& sampler = recipe.config.sampler.front();
  CHECK(sampler.guidance == 3.0);
  REQUIRE(sampler.high_noise);
  CHECK(sampler.high_noise->guidance == 4.5);
  CHECK(sampler.high_noise->boundary == 0.9);
  CHECK(recipe.config.text.negative.starts_with("色调艳丽，过曝"));
}

TEST_CASE("a list of steps that does not fall is pointed at", "[train][message]") {
  const std::string text = kParts + "[generator]\ntext_width = 32\n" + kPretrain;
  CHECK_THAT(message_of(text + "[[sampler]]\nname = \"s\"\nuse = \"few_step\"\nstep_list = [500, 750]\n"),
             Catch::Contains("r.toml:16:13: error: 'step_list' must fall strictly from a timestep above 0"));
}

TEST_CASE("the same recipe without its comments is the same recipe", "[train][recipe]") {
  const TempFolder temp;
  const std::string generator = "[generator]\ntext_width = 32\n";
  std::ofstream(temp / "a.toml") << kParts << generator << kPretrain;
  std::ofstream(temp / "b.toml") << "# a comment\n\n" << kPretrain << "# another\n" << generator << kParts;
  CHECK(read(temp / "a.toml").resolved == read(temp / "b.toml").resolved);
}

TEST_CASE("a recipe needs a stage, and a stage its objective", "[train][message]") {
  CHECK(message_of(kParts) == R"(r.toml: error: a recipe needs at least one [[stage]]
1 error, nothing was started)");
  CHECK(message_of(kParts + "[[stage]]\nname = \"a b\"\nuse = \"pretrain\"\nsteps = 1\n") ==
        R"(r.toml:3:1: error: the stage 'a b' has no objective with target = "generator"
    3 | [[stage]]
      | ^~~~~~~~~
r.toml:4:8: error: 'name' is a folder's name too: letters, digits, '_' and '-' only
    4 | name = "a b"
      |        ^~~~~
2 errors, nothing was started)");
}

TEST_CASE("tables that do not fit together are told before anything is built", "[train][message]") {
  CHECK(message_of("[data]\nuse = \"toy_motion\"\nframes = 8\nsize = 30\n"
                   "[generator]\ntext_width = 16\nlatent_channels = 12\npatch = [1, 1, 1]\n" +
                   kPretrain) ==
        R"(r.toml:3:10: error: 'frames' is 8, but the codec takes 1 + 4k; use 9
    3 | frames = 8
      |          ^
r.toml:4:8: error: 'size' is 30, but codec and generator take multiples of 4; use 32
    4 | size = 30
      |        ^~
r.toml:6:14: error: 'text_width' is 16, but [text] has 'width' 32; use 32
    6 | text_width = 16
      |              ^~
r.toml:7:19: error: 'latent_channels' is 12, but the codec has 48 channels; use 48
    7 | latent_channels = 12
      |                   ^~
4 errors, nothing was started)");
}

TEST_CASE("a validation is not judged by a figure that its data do not have", "[train][message]") {
  const std::string clips =
      "[data]\nuse = \"clip_folder\"\nfolder = \"clips\"\n[validation]\nmetric = \"centre_error\"\n" + kPretrain;
  CHECK_THAT(message_of(clips), Catch::Contains("r.toml:5:10: error: 'centre_error' needs the fixed colours of "
                                                "toy_motion; choose 'box_iou' or another figure"));
}

TEST_CASE("names that refer to nothing are found, all at once", "[train][message]") {
  const std::string text = kParts + kPretrain + R"([[stage]]
name = "pretrain"
use = "hybrid"
steps = 1
generator = "pretrian"
adapter = "pretrain"
preview = "manny"
[[stage.objective]]
name = "a"
use = "diffusion"
target = "generator"
[[stage.objective]]
name = "a"
use = "diffusion"
target = "adapter"
[[sampler]]
name = "many"
use = "euler"
[[sampler]]
name = "many"
use = "few_step"
[[variant]]
name = "v"
generator = "pretrain"
adapter = "pretrain"
drop = ["b"]
sampler = "many"
[[expectation]]
variant = "w"
than = "v"
metric = "box_iou"
)";
  CHECK(message_of(text) == R"MESSAGE(r.toml:11:1: error: a hybrid stage needs a [discriminator] table with 'use'
   11 | [[stage]]
      | ^~~~~~~~~
r.toml:11:1: error: the stage 'pretrain' needs an [adapter] table with 'use'
   11 | [[stage]]
      | ^~~~~~~~~
r.toml:12:8: error: the stage 'pretrain' exists twice; give each its own name
   12 | name = "pretrain"
      |        ^~~~~~~~~~
r.toml:15:13: error: 'generator' is 'pretrian', which is no earlier stage that makes a generator; there are 'pretrain'
   15 | generator = "pretrian"
      |             ^~~~~~~~~~
r.toml:16:11: error: 'adapter' is 'pretrain', but no earlier stage makes an adapter
   16 | adapter = "pretrain"
      |           ^~~~~~~~~~
r.toml:17:11: error: no [[sampler]] is named 'manny'; did you mean 'many'?
   17 | preview = "manny"
      |           ^~~~~~~
r.toml:21:10: error: 'target' is 'generator'; a stage of this kind trains 'adapter', 'discriminator'
   21 | target = "generator"
      |          ^~~~~~~~~~~
r.toml:23:8: error: the objective 'a' exists twice in this stage
   23 | name = "a"
      |        ^~~
r.toml:30:8: error: the sampler 'many' exists twice; give each its own name
   30 | name = "many"
      |        ^~~~~~
r.toml:36:8: error: 'drop' names 'b', which is no objective of the stage 'pretrain'
   36 | drop = ["b"]
      |        ^~~~~
r.toml:39:11: error: no [[variant]] is named 'w'; did you mean 'v'?
   39 | variant = "w"
      |           ^~~
11 errors, nothing was started)MESSAGE");
}

TEST_CASE("unknown parts come with what there is", "[train][message]") {
  CHECK(message_of("[data]\nuse = \"toy_motoin\"\n[codec]\nuse = \"vae\"\n[generator]\nuse = \"wan\"\n" + kPretrain) ==
        R"MESSAGE(r.toml:2:7: error: no dataset named 'toy_motoin'; did you mean 'toy_motion'?
    2 | use = "toy_motoin"
      |       ^~~~~~~~~~~~
r.toml:4:7: error: no codec named 'vae'; there are: 'linear', 'wan_vae'
    4 | use = "vae"
      |       ^~~~~
r.toml:6:7: error: no generator named 'wan'; there are: 'wan_dit'
    6 | use = "wan"
      |       ^~~~~
3 errors, nothing was started)MESSAGE");
}

TEST_CASE("an adapter without a plugin and a sampler without a name", "[train][message]") {
  CHECK(
      message_of(kParts + "[adapter]\nuse = \"injektion\"\n" + kPretrain +
                 "[[sampler]]\nname = \"s\"\nuse = \"eulr\"\n") ==
      R"MESSAGE(r.toml:4:7: error: no adapter named 'injektion'; did you mean 'injection' (from plugin injection_adapter 0.1.0)?
    4 | use = "injektion"
      |       ^~~~~~~~~~~
r.toml:15:7: error: no sampler named 'eulr'; did you mean 'euler'?
   15 | use = "eulr"
      |       ^~~~~~
2 errors, nothing was started)MESSAGE");
}

}  // namespace recipe_test
