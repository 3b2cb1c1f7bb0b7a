#include "flashmotion/io/image.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "tests/cli/program.hpp"
#include "tests/pipeline/tiny_model.hpp"

#include <torch/torch.h>

#include <filesystem>
#include <string>
#include <vector>

// The recipes for the real model, each for two steps of a tiny one in the same layout of files.

namespace run_wan_test {

namespace fs = std::filesystem;
using flashmotion::SafetensorsFile;
using flashmotion::Tensor;

void make_clip(const fs::path& folder, std::int64_t shift) {
  fs::create_directories(folder / "frames");
  fs::create_directories(folder / "masks");
  for (std::int64_t t = 0; t < 9; ++t) {
    Tensor frame = torch::full({64, 64, 3}, 60, torch::kByte), labels = torch::zeros({64, 64}, torch::kByte);
    frame.narrow(0, 8 + shift, 16).narrow(1, 2 * t, 16).fill_(200);
    labels.narrow(0, 8 + shift, 16).narrow(1, 2 * t, 16).fill_(1);
    flashmotion::write_png(folder / "frames" / fmt::format("{}.png", t), frame);
    flashmotion::write_mask_png(folder / "masks" / fmt::format("{}.png", t), labels);
  }
}

struct World {
  TempFolder temp;
  World() {
    tiny_model::copy(temp, "diffusers");
    for (int i = 0; i < 4; ++i) make_clip(temp / "clips" / fmt::format("clip{}", i), 3 * i);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (temp / name).string(); }

  // A recipe at the tiny model's size.
  program::Outcome run(const std::string& command, const std::string& recipe, const std::vector<std::string>& changes,
                       const std::string& out) const {
    std::vector<std::string> words{command, program::recipe("wan/" + recipe + ".toml"), "--out", path(out), "--quiet"};
    std::vector<std::string> all{"data.frames=9",          "data.height=32",
                                 "data.width=32",          "codec.channels=4",
                                 "text.width=16",          "text.length=8",
                                 "generator.width=24",     "generator.latent_channels=4",
                                 "generator.heads=2",      "generator.blocks=2",
                                 "generator.ffn_width=40", "generator.text_width=16",
                                 "run.threads=1",          "generator.frequency_width=16"};
    const std::string checkpoint = "\"" + path("diffusers") + "\"";
    for (const char* key : {"codec.checkpoint", "text.checkpoint", "stage.slow_generator.load"})
      all.push_back(std::string(key) + "=" + checkpoint);
    all.insert(all.end(), changes.begin(), changes.end());
    all.emplace_back("run.device=cpu");
    for (const std::string& change : all) words.insert(words.end(), {"--set", change});
    return program::run(words, temp.path());
  }
  [[nodiscard]] std::string data() const { return "data.folder=\"" + path("latents") + "\""; }
};

const std::vector<std::string> kAdapter{"adapter.width=8", "adapter.blocks=1"};

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_CASE("the recipes for the real model run on a tiny one", "[cli][slow]") {
  const World world;
  const auto good = [](const program::Outcome& outcome) {
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
  };
  const auto bytes = [&](const std::string& file) { return flashmotion::read_file(world.path(file)); };
  const std::string clips = "data.folder=\"" + world.path("clips") + "\"";
  good(world.run("cache", "latents", {clips, "data.max_objects=2"}, "latents"));

  // Stage 1, from latents, and the same from the clips themselves.
  const std::vector<std::string> two{"stage.slow_adapter.steps=2", "stage.slow_adapter.mask_steps=1",
                                     "stage.slow_adapter.batch=2"};
  good(world.run("run", "slow_adapter", joined(joined({world.data()}, kAdapter), two), "slow"));
  const std::string live = "data={use=\"clip_folder\",folder=\"" + world.path("clips") +
                           "\",frames=9,height=32,width=32,stride=1,max_objects=2,windows=1,flip=false}";
  good(world.run("run", "slow_adapter", joined(joined({live}, kAdapter), two), "slow_live"));
  const std::string adapter = "stages/slow_adapter/final.adapter.safetensors";
  const auto same = [&](const std::string& a, const std::string& b) {
    const SafetensorsFile one(world.path(a)), other(world.path(b));
    for (const auto& [name, tensor] : one.tensors()) {
      INFO(name);
      CHECK(tensor.equal(other.tensor(name)));
    }
  };
  same("slow/" + adapter, "slow_live/" + adapter);

  // Frozen networks that wait in their file give the same, narrow ones nearly so; so do narrow trained weights.
  const auto loss = [&](const std::string& run) {
    const std::string text = bytes(run + "/metrics.jsonl");
    const std::string first = text.substr(0, text.find('\n'));
    return flashmotion::JsonValue::parse(first, "metrics").at("terms").at("flow").at("value").number();
  };
  good(world.run("run", "slow_adapter",
                 joined(joined({world.data(), "frozen.resident=0", "run.log_every=1"}, kAdapter), two), "slow_stream"));
  same("slow/" + adapter, "slow_stream/" + adapter);
  good(world.run("run", "slow_adapter",
                 joined(joined({world.data(), "frozen.quantise=int8", "run.log_every=1"}, kAdapter), two),
                 "slow_int8"));
  CHECK(loss("slow_int8") == Approx(loss("slow_stream")).epsilon(0.02));
  CHECK(loss("slow_int8") != loss("slow_stream"));
  good(world.run("run", "slow_adapter",
                 joined(joined({world.data(), "stage.slow_adapter.weights=bf16", "run.log_every=1"}, kAdapter), two),
                 "slow_bf16"));
  CHECK(loss("slow_bf16") == Approx(loss("slow_stream")).epsilon(0.02));

  // Stage 2.
  good(world.run("run", "fast_generator",
                 {world.data(), "stage.fast_generator.steps=2", "stage.fast_generator.batch=2",
                  "stage.fast_generator.update_ratio=1"},
                 "fast"));
  // Stage 3.
  good(world.run(
      "run", "fast_adapter",
      joined(
          {world.data(), "discriminator.taps=[0,1]", "discriminator.heads=2",
           "stage.slow_adapter.load=\"" + world.path("slow/" + adapter) + "\"",
           "stage.fast_generator.load=\"" + world.path("fast/stages/fast_generator/final.generator.safetensors") + "\"",
           "stage.fast_adapter.steps=2", "stage.fast_adapter.batch=2", "stage.fast_adapter.update_ratio=1"},
          kAdapter),
      "hybrid"));
  const SafetensorsFile before(world.path("slow/" + adapter)),
      after(world.path("hybrid/stages/fast_adapter/final.adapter.safetensors"));
  bool changed = false;
  for (const auto& [name, tensor] : before.tensors()) changed = changed || !tensor.equal(after.tensor(name));
  CHECK(changed);

  // And what was trained makes a clip.
  const auto clip = program::run({"generate",
                                  "--model",
                                  world.path("diffusers"),
                                  "--adapter",
                                  world.path("hybrid/stages/fast_adapter/final.adapter.safetensors"),
                                  "--trajectory",
                                  tiny_model::trajectory(world.temp).string(),
                                  "--size",
                                  "32x32",
                                  "--frames",
                                  "9",
                                  "--steps",
                                  "2",
                                  "--cfg",
                                  "1",
                                  "--prompt",
                                  "a cat",
                                  "--out",
                                  world.path("clip.mp4"),
                                  "--quiet"},
                                 world.temp.path());
  INFO(clip.err);
  CHECK(clip.code == 0);
  CHECK(fs::exists(world.temp / "clip.mp4"));
}

}  // namespace run_wan_test
