#include "flashmotion/pipeline/adapter_file.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/pipeline/tiny_model.hpp"

#include <algorithm>

namespace adapter_file_test {

using namespace flashmotion;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

GeneratorSpec spec() {
  wan::DitConfig dit;
  dit.latent_channels = 4;
  dit.width = 24;
  dit.heads = 2;
  dit.blocks = 2;
  dit.ffn_width = 40;
  dit.text_width = 16;
  dit.frequency_width = 16;
  return wan::spec_of(dit);
}

StoredAdapter open(const fs::path& file, bool with_plugin = true) {
  Catalog catalog = builtin_catalog();
  PluginHost host(
      {with_plugin ? std::vector<std::string>{tiny_model::plugin("injection_adapter")} : std::vector<std::string>{},
       {}});
  host.load_files(catalog);
  return open_adapter(file, spec(), "m", catalog, host);
}

TEST_CASE("an adapter's file brings kind and weights", "[pipeline][unit]") {
  const TempFolder folder;
  const fs::path file = tiny_model::adapter(folder);
  const StoredAdapter stored = open(file);
  CHECK(stored.kind == "injection");
  CHECK(stored.digest == SafetensorsFile(file).metadata().at("sha256"));
  for (const NamedTensor& tensor : stored.adapter.named_tensors()) {
    CHECK(tensor.tensor.equal(SafetensorsFile(file).tensor(tensor.name)));
    CHECK_FALSE(tensor.tensor.requires_grad());
  }
}

TEST_CASE("an adapter in a run's folder is what the run's recipe says", "[pipeline][unit]") {
  const TempFolder folder;
  const SafetensorsFile whole(tiny_model::adapter(folder));
  const fs::path run = folder / "run";
  fs::create_directories(run / "stages/fast");
  const fs::path file = run / "stages/fast/final.adapter.safetensors";
  write_sealed_safetensors(file, whole.tensors(), {{"format", "flashmotion"}, {"stage", "fast"}, {"role", "adapter"}});
  CHECK_THROWS_WITH(open(file), Contains("does not say which adapter it is; give it where it was made"));
  std::ofstream(run / "recipe.resolved.toml") << "[run]\nseed = 1\n\n[adapter]\nuse = \"injection\"\nwidth = 96\n";
  CHECK(open(file).kind == "injection");
  std::ofstream(run / "recipe.resolved.toml") << "[run]\nseed = 1\n";
  CHECK_THROWS_WITH(open(file), Contains("belongs to a recipe without an [adapter]"));
}

TEST_CASE("adapters that cannot be used are refused in a sentence", "[pipeline][message]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(open(tiny_model::adapter(folder, 36)),
                    Contains("is an adapter for another model than 'm': its tensor") &&
                        Contains("give the model that it was trained with"));
  const fs::path file = tiny_model::adapter(folder);
  CHECK_THROWS_WITH(open(file, false), Contains("is an adapter of the kind 'injection', which no plugin here brings"));
  fs::resize_file(file, fs::file_size(file) - 1);
  CHECK_THROWS_AS(open(file), InputError);
  write_sealed_safetensors(folder / "g.safetensors", {{"a", torch::zeros({1})}}, {{"role", "generator"}});
  CHECK_THROWS_WITH(open(folder / "g.safetensors"), Contains("holds the weights of a generator and not of an adapter"));
}

}  // namespace adapter_file_test
