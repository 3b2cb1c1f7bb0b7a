#include "flashmotion/train/stage_digest.hpp"

#include "flashmotion/base/read_file.hpp"
#include "flashmotion/plugin/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace stage_digest_test {

using Digests = std::map<std::string, std::string>;

const std::filesystem::path kToy = std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes/toy";

Digests digests(const std::filesystem::path& recipe_file, const std::vector<std::string>& changes) {
  flashmotion::Catalog catalog = flashmotion::builtin_catalog();
  flashmotion::PluginHost host({{}, {std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins"}});
  const auto recipe = flashmotion::read_recipe(recipe_file.string(), changes, catalog, host);
  Digests all;
  for (const auto& stage : recipe.config.stage) all[stage.name] = flashmotion::stage_digest(recipe, stage);
  return all;
}

// Stages whose digest a change moves.
std::string moved(const std::vector<std::string>& changes) {
  static const Digests before = digests(kToy / "smoke.toml", {});
  std::string names;
  for (const auto& [name, digest] : digests(kToy / "smoke.toml", changes))
    if (before.at(name) != digest) names += (names.empty() ? "" : " ") + name;
  return names;
}

TEST_CASE("a stage's digest moves with what the stage depends on, and with nothing else", "[train][unit]") {
  CHECK(moved({}).empty());
  CHECK(moved({"run.seed=1"}) == "fast_adapter fast_generator pretrain slow_adapter");
  CHECK(moved({"generator.blocks=5"}) == "fast_adapter fast_generator pretrain slow_adapter");
  CHECK(moved({"stage.pretrain.steps=4"}) == "fast_adapter fast_generator pretrain slow_adapter");
  CHECK(moved({"adapter.use=controlnet"}) == "fast_adapter slow_adapter");
  CHECK(moved({"adapter.width=12"}) == "fast_adapter slow_adapter");
  CHECK(moved({"stage.fast_generator.ema=0.9"}) == "fast_adapter fast_generator");
  CHECK(moved({"stage.fast_adapter.objective.gan.weight=2"}) == "fast_adapter");
  CHECK(moved({"discriminator.use=conv"}) == "fast_adapter");
  CHECK(moved({"stage.fast_generator.adapter=slow_adapter"}) == "fast_adapter fast_generator");
  CHECK(moved({"evaluation.cases=3", "run.preview_clips=1", "run.save_every=7"}).empty());
  CHECK(moved({"stage.fast_adapter.accumulate=2"}) == "fast_adapter");
  CHECK(moved({"stage.fast_adapter.accumulate=1", "run.device=auto"}).empty());
  // The looks of a validation are a part of the result.
  CHECK(moved({"validation.cases=3"}) == "fast_adapter fast_generator pretrain slow_adapter");
  CHECK(moved({"stage.fast_adapter.preview=\"\""}) == "fast_adapter");
  CHECK(digests(kToy / "smoke.toml", {"validation.every=0"}) ==
        digests(kToy / "smoke.toml", {"validation.every=0", "validation.cases=3", "stage.pretrain.preview=\"\""}));
}

TEST_CASE("a stage's digest moves with one byte of a file that it takes", "[train][unit]") {
  const TempFolder temp;
  std::filesystem::copy(kToy, temp / "toy", std::filesystem::copy_options::recursive);
  const auto recipe = temp / "toy/three_stage.toml";
  const Digests before = digests(recipe, {});
  CHECK(digests(recipe, {}) == before);
  const auto file = temp / "toy/base/generator.safetensors";
  std::string bytes = flashmotion::read_file(file.string());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
  const Digests after = digests(recipe, {});
  for (const char* stage : {"pretrain", "slow_adapter", "fast_generator", "fast_adapter"})
    CHECK(after.at(stage) != before.at(stage));
}

}  // namespace stage_digest_test
