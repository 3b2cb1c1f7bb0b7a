#include "flashmotion/train/make_latents.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/data/clip_folder.hpp"
#include "flashmotion/data/latent_store.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/parts.hpp"
#include "tests/pipeline/tiny_model.hpp"

#include <torch/torch.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace make_latents_test {

using namespace flashmotion;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

void make_clip(const fs::path& folder, std::int64_t frames, std::int64_t shift) {
  fs::create_directories(folder / "frames");
  fs::create_directories(folder / "masks");
  for (std::int64_t t = 0; t < frames; ++t) {
    Tensor frame = torch::full({64, 64, 3}, 60, torch::kByte), labels = torch::zeros({64, 64}, torch::kByte);
    frame.narrow(0, 8 + shift, 16).narrow(1, 2 * t, 16).fill_(200);
    labels.narrow(0, 8 + shift, 16).narrow(1, 2 * t, 16).fill_(1);
    write_png(folder / "frames" / fmt::format("{}.png", t), frame);
    write_mask_png(folder / "masks" / fmt::format("{}.png", t), labels);
  }
}

// Five clips, a tiny checkpoint and a recipe that trains on them.
struct World {
  TempFolder temp;
  Catalog catalog = builtin_catalog();
  PluginHost host{{{}, {}}};
  Logger log{LogLevel::error};
  StopFlag stop;

  World() {
    tiny_model::copy(temp, "original");
    for (int i = 0; i < 5; ++i) make_clip(temp / "clips" / fmt::format("clip-{}", i), 9 + i, i);
    std::ofstream(temp / "clips/clip-1/prompt.txt") << "a cat and a dog";
    std::ofstream(temp / "recipe.toml") << R"(
[data]
use = "clip_folder"
folder = ")" << (temp / "clips").string()
                                        << R"("
frames = 5
height = 32
width = 32
stride = 2
windows = 2
[codec]
use = "wan_vae"
checkpoint = "original"
channels = 4
dtype = "fp32"
[text]
use = "umt5"
checkpoint = "original"
dtype = "fp32"
width = 16
length = 8
[generator]
latent_channels = 4
width = 24
heads = 2
blocks = 2
ffn_width = 40
text_width = 16
frequency_width = 16
[[stage]]
name = "generator"
use = "pretrain"
load = "original"
steps = 1
[[stage.objective]]
name = "flow"
use = "diffusion"
target = "generator"
)";
  }
  [[nodiscard]] Recipe recipe(const std::vector<std::string>& changes = {}) {
    return read_recipe((temp / "recipe.toml").string(), changes, catalog, host);
  }
  MadeLatents make(const std::string& out, const std::vector<std::string>& changes = {}) {
    ProgressOptions quiet;
    quiet.quiet = true;
    return make_latents(recipe(changes), catalog, temp / out, stop, quiet, log);
  }
  [[nodiscard]] BatchSource source(const Recipe& read, std::uint64_t seed = 3) const {
    std::vector<std::string> notes;
    AnyDataset dataset = make_dataset(read.config.data, notes);
    AnyCodec codec = make_codec(read.config.codec.codec, dataset, read.folder);
    return {std::move(dataset), std::move(codec), prompt_encoder(read.config.text, read.folder), "", seed};
  }
};

TEST_CASE("latents that were made ahead of time are those of a run", "[train][law]") {
  World world;
  const MadeLatents made = world.make("store");
  CHECK(made.clips == 5);
  CHECK(made.windows == 4 * 2 * 2 - 2 + 2);  // the shortest clip has one window; one clip is for evaluation
  const std::string store =
      "data={use=\"latents\",folder=\"" + (world.temp / "store").string() + "\",frames=5,height=32,width=32}";
  const BatchSource live = world.source(world.recipe()), kept = world.source(world.recipe({store}));
  for (const ControlKind control : {ControlKind::mask, ControlKind::box}) {
    for (const std::int64_t step : {0, 1, 2}) {
      const LatentBatch a = live.draw("stage", step, 4, control), b = kept.draw("stage", step, 4, control);
      CHECK(a.clean.equal(b.clean));
      CHECK(a.condition.control.equal(b.condition.control));
      CHECK(a.condition.text.tokens.equal(b.condition.text.tokens));
      CHECK(a.condition.image.first_frame.equal(b.condition.image.first_frame));
      CHECK(a.cover.equal(b.cover));
    }
  }
  Rng one(7, "evaluation"), other(7, "evaluation");
  const ClipRequest request{.count = 2, .objects = 1, .split = Split::evaluation};
  const ClipBatch a = live.dataset().draw(request, one), b = kept.dataset().draw(request, other);
  CHECK(a.video.equal(b.video));
  CHECK(a.masks.equal(b.masks));
  CHECK(a.boxes.equal(b.boxes));
  CHECK(a.colours.equal(b.colours));
  CHECK(a.prompts == b.prompts);
}

TEST_CASE("making latents goes on where it was stopped", "[train][law]") {
  World world;
  (void)world.make("whole");
  // Stopped at once: nothing but the settings is there.
  world.stop.request(SIGINT);
  CHECK_THROWS_AS(world.make("store"), Interrupted);
  CHECK_THROWS_WITH(LatentStore({(world.temp / "store").string(), 5, 32, 32}),
                    Contains("goes on where it was stopped"));
  World fresh;
  fs::copy(world.temp / "whole", fresh.temp / "store", fs::copy_options::recursive);
  fs::remove(fresh.temp / "store/index.json");
  fs::remove_all(fresh.temp / "store/clips/clip-3");
  fs::remove(fresh.temp / "store/clips/clip-2/clip.json");
  fs::remove(window_file(fresh.temp / "store", "clip-2", 3, false));
  const MadeLatents made = fresh.make("store");
  CHECK(made.found_ready == 3);
  CHECK(made.clips == 5);
  for (const auto& entry : fs::recursive_directory_iterator(world.temp / "whole/clips")) {
    if (!entry.is_regular_file()) continue;
    const fs::path other = fresh.temp / "store/clips" / fs::relative(entry.path(), world.temp / "whole/clips");
    INFO(other.string());
    CHECK(read_file(entry.path().string()) == read_file(other.string()));
  }
}

TEST_CASE("what is wrong with latents is said", "[train][message]") {
  World world;
  (void)world.make("store");
  const std::string folder = (world.temp / "store").string();
  CHECK_THROWS_WITH(world.make("store", {"text.length=9"}), Contains("was made with other settings"));
  CHECK_THROWS_WITH(world.make("other", {"data={use=\"toy_motion\",size=32}"}),
                    Contains("the recipe has data.use = \"toy_motion\""));
  CHECK_THROWS_WITH(LatentStore({folder, 9, 32, 32}), Contains("holds clips of 5 frames of 32x32"));
  CHECK_THROWS_WITH(LatentStore({(world.temp / "nothing").string(), 5, 32, 32}), Contains("'flashmotion cache RECIPE"));

  const LatentStore store({folder, 5, 32, 32});
  Rng rng(1, "draw");
  CHECK_THROWS_WITH(store.draw({.objects = 4}, rng), Contains("that shows exactly 4 objects"));
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") std::ofstream(entry.path()) << "damaged";
  CHECK_THROWS_AS(store.draw({}, rng), InputError);
  std::ofstream(world.temp / "store/index.json") << "{\"format\": \"flashmotion-latents\", \"version\": 7}";
  CHECK_THROWS_WITH(LatentStore({folder, 5, 32, 32}), Contains("is of version 7"));

  CHECK_THROWS_WITH(world.make("third", {"codec.channels=48", "generator.latent_channels=48"}),
                    Contains("is the autoencoder wan22 with 4 channels"));
  CHECK_THROWS_WITH(world.make("fourth", {"text.width=24", "generator.text_width=24"}),
                    Contains("gives 16 numbers a token, and text.width is 24; set it to 16"));
  CHECK_THROWS_WITH(world.recipe({"text.checkpoint=\"\""}), Contains("'umt5' needs 'checkpoint'"));
}

TEST_CASE("MagicData's folders are clips", "[data][unit]") {
  // Videos are made by other tests; here pictures stand for what is found.
  const TempFolder temp;
  fs::create_directories(temp / "videos");
  fs::create_directories(temp / "masks/00007");
  fs::create_directories(temp / "boxs/00007");
  std::ofstream(temp / "videos/00007.mp4") << "a video";
  std::ofstream(temp / "videos/00008.mp4") << "a video";
  write_mask_png(temp / "masks/00007/annotated_frame_00000.png", torch::zeros({4, 4}, torch::kByte));
  std::ofstream(temp / "MagicData.csv") << "path,text,num_frames\nvideos/00007.mp4,\"a cat, running\",49\n";
  const std::vector<ClipFiles> clips = find_clips(temp.path());
  REQUIRE(clips.size() == 2);
  CHECK(clips[0].name == "00007");
  CHECK(clips[0].prompt == "a cat, running");
  CHECK(clips[0].masks.size() == 1);
  CHECK(clips[0].problem.empty());
  CHECK(clips[1].problem == "it has no masks (PNG)");
}

TEST_CASE("windows are spread evenly", "[data][unit]") {
  CHECK(window_starts(12, 9, 0) == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(window_starts(12, 9, 4) == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(window_starts(12, 9, 9) == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(window_starts(12, 9, 1) == std::vector<std::int64_t>{2});
  CHECK(window_starts(108, 9, 2) == std::vector<std::int64_t>{25, 75});
  CHECK(window_starts(9, 9, 5) == std::vector<std::int64_t>{0});
}

}  // namespace make_latents_test
