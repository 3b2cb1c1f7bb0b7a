#include "flashmotion/pipeline/wan_folder.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/pipeline/tiny_model.hpp"

namespace wan_folder_test {

using namespace flashmotion;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("both layouts are the same model", "[pipeline][unit]") {
  const TempFolder folder;
  for (const char* layout : {"original", "diffusers"}) {
    INFO(layout);
    const WanFolder model = open_wan_folder({tiny_model::copy(folder, layout)});
    CHECK(model.dit.width == 24);
    CHECK(model.dit.heads == 2);
    CHECK(model.cell() == 32);
    CHECK(model.latent_shape({64, 32}, 9) == std::vector<std::int64_t>{1, 4, 3, 2, 4});
    CHECK(model.takes_image);
    CHECK_FALSE(model.few_step);
    CHECK(model.preset.frames == 121);
    CHECK(model.sizes.front() == PixelSize{1280, 704});
  }
}

TEST_CASE("all missing parts of a folder are told at once", "[pipeline][message]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "original");
  fs::remove(model / "Wan2.2_VAE.pth");
  fs::remove_all(model / "google");
  CHECK_THROWS_WITH(open_wan_folder({model}),
                    Contains("lacks parts of a model:\n  the autoencoder (Wan2.x_VAE.pth, or vae/)\n  the tokenizer") &&
                        !Contains("the transformer"));
  CHECK_THROWS_WITH(open_wan_folder({folder / "none"}), Contains("is no folder; --model takes the folder"));
  fs::create_directory(folder / "empty");
  CHECK_THROWS_AS(open_wan_folder({folder / "empty"}), InputError);
}

TEST_CASE("a part that is damaged or of another model is told when the folder is opened", "[pipeline][message]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "diffusers");
  const fs::path shard = model / "transformer/diffusion_pytorch_model-00002-of-00002.safetensors";
  fs::resize_file(shard, fs::file_size(shard) - 4);
  CHECK_THROWS_WITH(open_wan_folder({model}), Contains("diffusion_pytorch_model-00002-of-00002.safetensors"));
  fs::remove(shard);
  CHECK_THROWS_WITH(open_wan_folder({model}), Contains("diffusion_pytorch_model-00002-of-00002.safetensors"));
}

TEST_CASE("a transformer can come from another file", "[pipeline][unit]") {
  const TempFolder folder;
  const fs::path original = tiny_model::copy(folder, "original");
  const fs::path diffusers = tiny_model::copy(folder, "diffusers");
  fs::remove_all(diffusers / "transformer");
  CHECK_THROWS_WITH(open_wan_folder({diffusers}), Contains("the transformer"));
  CHECK(open_wan_folder({diffusers, original}).dit.blocks == 2);
}

TEST_CASE("what a trainer of few-step models saved is known, and sampled in four steps", "[pipeline][message]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "original");
  const WanFolder whole = open_wan_folder({model});
  // Names of a wrapper, as the distilled TI2V-5B is published.
  NamedTensors wrapped;
  for (const wan::CheckpointTensor& tensor : whole.transformer.at(wan::Role::transformer).tensors) {
    wrapped.push_back({"model." + tensor.name, tensor.tensor()});
  }
  fs::create_directory(folder / "few");
  fs::copy_file(model / "config.json", folder / "few/config.json");
  tiny_model::write_pickle(folder / "few/few_step.pt", wrapped);
  const WanFolder opened = open_wan_folder({model, folder / "few/few_step.pt"});
  CHECK(opened.few_step);
  PipelineRequest asked;
  tiny_model::Lines lines;
  const Logger log = lines.logger();
  Catalog catalog = builtin_catalog();
  PluginHost host({{}, {}});
  const ClipSettings settings = settings_of(asked, opened, catalog, host, log);
  CHECK(settings.sampler.sigmas().size() == 5);
  CHECK_FALSE(settings.guided());
  CHECK(lines.say("few_step.pt' is a few-step checkpoint: 4 steps of few_step, no guidance"));
  const ClipSettings usual = settings_of(asked, whole, catalog, host, log);
  CHECK(usual.sampler.sigmas().size() == 51);
  CHECK(usual.guidance == 5.0);
  CHECK(usual.frames == 121);
  CHECK(usual.fps == 24.0);
}

}  // namespace wan_folder_test
