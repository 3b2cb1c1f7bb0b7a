#include "flashmotion/io/image.hpp"
#include "tests/cli/program.hpp"
#include "tests/pipeline/tiny_model.hpp"

#include <sys/mount.h>

#include <csignal>
#include <fstream>
#include <set>

// A clip from a checkpoint's folder, as a user makes it.

namespace generate_model_test {

using Catch::Matchers::Contains;
using program::Outcome;
namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// A model and what a clip is made from, in one folder.
class Place {
 public:
  Place() : model_(tiny_model::copy(temp_, "original")) {
    tiny_model::picture(temp_);
    tiny_model::trajectory(temp_);
    tiny_model::adapter(temp_);
  }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return temp_ / name; }
  [[nodiscard]] const TempFolder& folder() const { return temp_; }

  // The words for a clip, and more of them.
  [[nodiscard]] static Words words(const Words& more, const std::string& model = "original") {
    Words all{"generate", "--model",  model,      "--image",   "first.png", "--prompt", "a ball",
              "--size",   "32x32",    "--frames", "9",         "--steps",   "2",        "--dtype",
              "fp32",     "--device", "cpu",      "--threads", "1",         "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] static Words with_adapter(const Words& more, const std::string& model = "original") {
    Words all = words({"--adapter", "injection.adapter.safetensors", "--trajectory", "ball.traj.json"}, model);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] Outcome run(const Words& words) const { return program::run(words, temp_.path()); }
  [[nodiscard]] std::string bytes(const std::string& name) const {
    return flashmotion::read_file((temp_ / name).string());
  }
  // What lies in the folder besides what was given.
  [[nodiscard]] std::set<std::string> made(const std::string& below = "") const {
    const std::set<std::string> given{
        "original", "diffusers", "first.png", "ball.traj.json", "out.txt", "err.txt", "injection.adapter.safetensors"};
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(temp_ / below)) {
      const std::string name = entry.path().filename().string();
      if (!given.contains(name)) names.insert(name);
    }
    return names;
  }

 private:
  TempFolder temp_;
  fs::path model_;
};

TEST_CASE("a checkpoint's folder and an adapter make a clip, the same from both layouts", "[cli][law]") {
  const Place place;
  tiny_model::copy(place.folder(), "diffusers");
  const Outcome one = place.run(Place::with_adapter({"--out", "one.mp4", "--keep-latents"}));
  INFO(one.err);
  REQUIRE(one.code == 0);
  CHECK(one.out.empty());
  CHECK_THAT(one.err, Contains("clip: one.mp4, 9 frames of 32x32, seed 0"));
  const Outcome other = place.run(Place::with_adapter({"--out", "other.mp4"}, "diffusers"));
  INFO(other.err);
  REQUIRE(other.code == 0);
  CHECK(place.bytes("one.mp4") == place.bytes("other.mp4"));
  CHECK(place.made() == std::set<std::string>{"one.mp4", "one.latents.safetensors", "other.mp4"});

  // Decoding alone gives the same clip.
  const Outcome decoded = place.run({"decode", "one.latents.safetensors", "--model", "diffusers", "--out", "late.mp4",
                                     "--quiet", "--device", "cpu", "--threads", "1"});
  INFO(decoded.err);
  REQUIRE(decoded.code == 0);
  CHECK(place.bytes("one.mp4") == place.bytes("late.mp4"));
  CHECK(place.run({"decode", "one.latents.safetensors", "--model", "original", "--out", "frames"}).code == 0);
  CHECK(place.made("frames").size() == 9);
}

TEST_CASE("a clip in tiles says that it is not exact, and has the same bytes when it is decoded later", "[cli][law]") {
  const Place place;
  const auto tiled = [&](const char* out, const char* tile) {
    return place.run(
        {"generate", "--model", "original",  "--prompt", "a ball", "--size",        "160x160", "--frames",
         "5",        "--steps", "2",         "--out",    out,      "--decode-tile", tile,      "--keep-latents",
         "--device", "cpu",     "--threads", "1"});
  };
  const Outcome made = tiled("clip.mp4", "128");
  INFO(made.err);
  REQUIRE(made.code == 0);
  CHECK_THAT(made.err, Contains("decoding in tiles of 128 pixels is not exact") &&
                           Contains("decoding, latent frames: 100 % (8/8)"));
  for (const bool again : {true, false}) {
    const Outcome late = place.run({"decode", "clip.latents.safetensors", "--model", "original", "--out",
                                    again ? "late.mp4" : "whole.mp4", "--device", "cpu", "--threads", "1",
                                    "--decode-tile", again ? "128" : "160"});
    INFO(late.err);
    REQUIRE(late.code == 0);
    CHECK((late.err.find("is not exact") != std::string::npos) == again);
  }
  CHECK(place.bytes("clip.mp4") == place.bytes("late.mp4"));
  CHECK(place.bytes("clip.mp4") != place.bytes("whole.mp4"));
  const Outcome wrong = tiled("other.mp4", "100");
  CHECK(wrong.code != 0);
  CHECK_THAT(wrong.err, Contains("tiles of 100 pixels do not fit") && Contains("use 128, or 0 for whole frames"));
  CHECK(place.run({"decode", "clip.latents.safetensors", "--model", "original", "--decode-tile", "100"}).code != 0);
}

TEST_CASE("words alone make a clip, and progress says what is done", "[cli][message]") {
  const Place place;
  const Outcome made =
      place.run({"generate", "--model", "original", "--prompt", "a ball", "--size", "64x32", "--frames", "5", "--steps",
                 "2", "--sampler", "few_step", "--set", "timesteps=\"bfloat16\"", "--out", "clip", "--device", "cpu"});
  INFO(made.err);
  REQUIRE(made.code == 0);
  for (const char* words :
       {"reading the text, prompts: 100 %", "denoising, steps: 50 % (1/2)", "decoding, latent frames: 100 % (2/2)"}) {
    CHECK_THAT(made.err, Contains(words));
  }
  REQUIRE(place.made("clip").size() == 5);
  CHECK(flashmotion::read_image(place / "clip/00004.png").sizes() == at::IntArrayRef({3, 32, 64}));
}

TEST_CASE("a plan is printed and nothing is done", "[cli][message]") {
  const Place place;
  const Outcome plan = place.run(Place::with_adapter({"--plan"}));
  INFO(plan.err);
  CHECK(plan.code == 0);
  for (const char* words : {"text", "encode", "denoise", "decode", "weights stay in their file", "GiB at a time"}) {
    CHECK_THAT(plan.out, Contains(words));
  }
  const Outcome json = place.run(Place::with_adapter({"--plan", "--json"}));
  CHECK(nlohmann::json::parse(json.out).at("phases").size() == 4);
  CHECK(place.made().empty());
}

TEST_CASE("a list of clips goes on where it was left", "[cli][unit]") {
  const Place place;
  std::ofstream(place / "cases.csv") << "id,image,prompt,trajectory,seed\n"
                                        "a,first.png,a ball,ball.traj.json,1\n"
                                        "b,first.png,\"a ball, red\",ball.traj.json,2\n"
                                        "c,,a ball,ball.traj.json,\n";
  const Words words{"generate", "--model",   "original",  "--adapter", "injection.adapter.safetensors",
                    "--cases",  "cases.csv", "--size",    "32x32",     "--frames",
                    "9",        "--steps",   "2",         "--dtype",   "fp32",
                    "--device", "cpu",       "--threads", "1",         "--out",
                    "clips",    "--quiet"};
  const Outcome first = place.run(words);
  INFO(first.err);
  REQUIRE(first.code == 0);
  CHECK(place.made("clips") == std::set<std::string>{"a.mp4", "b.mp4", "c.mp4"});
  const std::string a = place.bytes("clips/a.mp4"), b = place.bytes("clips/b.mp4");
  CHECK(a != b);
  // One clip by itself is the same clip.
  REQUIRE(place.run(Place::with_adapter({"--seed", "1", "--out", "alone.mp4"})).code == 0);
  CHECK(place.bytes("alone.mp4") == a);
  fs::remove(place / "clips/b.mp4");
  const auto before = fs::last_write_time(place / "clips/a.mp4");
  const Outcome second = place.run(words);
  REQUIRE(second.code == 0);
  CHECK_THAT(second.err, Contains("2 of 3 clips are there already"));
  CHECK(place.bytes("clips/b.mp4") == b);
  CHECK(fs::last_write_time(place / "clips/a.mp4") == before);
  CHECK(place.run(words).code == 0);
  fs::remove(place / "clips/b.mp4");
  std::ofstream(place / "cases.csv")
      << "id,image,prompt,trajectory\na,,x,ball.traj.json\nb,none.png,x,ball.traj.json\n";
  CHECK_THAT(place.run(words).err,
             Contains("none.png' cannot be read") && Contains("looking at the clip 'clips/b.mp4'"));
  Words wrong = words;
  wrong.insert(wrong.end(), {"--prompt", "x"});
  CHECK_THAT(place.run(wrong).err, Contains("--prompt is of one clip, and --cases has its own in the column 'prompt'"));
}

TEST_CASE("Ctrl-C ends with 130 and leaves no file", "[cli][unit]") {
  const Place place;
  Words words = Place::words({"--steps", "1000", "--out", "clip.mp4"});
  std::erase(words, "--quiet");
  const Outcome stopped = program::run(words, place.folder().path(), [&](pid_t child) {
    if (!fs::exists(place / "err.txt") || place.bytes("err.txt").find("denoising") == std::string::npos) return false;
    ::kill(child, SIGINT);
    return true;
  });
  INFO(stopped.err);
  CHECK(stopped.code == 130);
  CHECK_THAT(stopped.err, Contains("stopped"));
  CHECK(place.made().empty());
}

TEST_CASE("pictures that are damaged, empty, tiny or much too wide are told or taken", "[cli][message]") {
  const Place place;
  const auto with_picture = [&](const std::string& name, const Words& more) {
    Words words = Place::words(more);
    *std::find(words.begin(), words.end(), "first.png") = name;
    return place.run(words);
  };
  std::ofstream(place / "empty.png");
  std::ofstream(place / "text.png") << "no picture";
  fs::copy_file(place / "first.png", place / "cut.png");
  fs::resize_file(place / "cut.png", fs::file_size(place / "cut.png") / 2);
  for (const char* name : {"empty.png", "text.png", "cut.png", "none.png"}) {
    const Outcome bad = with_picture(name, {});
    INFO(name << ": " << bad.err);
    CHECK(bad.code == 2);
    CHECK_THAT(bad.err, Contains(name));
    CHECK(std::count(bad.err.begin(), bad.err.end(), '\n') == 1);
  }
  flashmotion::write_png(place / "dot.png", torch::zeros({3, 1, 1}));
  CHECK(with_picture("dot.png", {"--out", "dot.mp4"}).code == 0);
  flashmotion::write_png(place / "wide.png", torch::zeros({3, 2, 20000}));
  CHECK(with_picture("wide.png", {"--out", "wide.mp4"}).code == 0);
  const Outcome unsized = place.run({"generate", "--model", "original", "--image", "wide.png", "--prompt", "x"});
  CHECK(unsized.code == 2);
  CHECK_THAT(unsized.err, Contains("'wide.png' has 20000x2 pixels") && Contains("crop it, or give --size"));
}

TEST_CASE("what does not fit together is refused with exit code 2", "[cli][message]") {
  const Place place;
  const auto error = [&](const Words& words) {
    const Outcome bad = place.run(words);
    INFO(bad.err);
    CHECK(bad.code == 2);
    return bad.err;
  };
  CHECK_THAT(error({"generate", "--model", "none", "--prompt", "x"}), Contains("'none' is no folder"));
  CHECK_THAT(error({"generate", "--model", "original", "--promt", "x"}), Contains("did you mean '--prompt'?"));
  CHECK_THAT(error(Place::words({"--trajectory", "ball.traj.json"})), Contains("give --adapter"));
  CHECK_THAT(error(Place::words({"--regime", "fp16"})), Contains("no regime named 'fp16'"));
  tiny_model::adapter(place.folder(), 24, "unheard_of");
  CHECK_THAT(error(Place::words({"--adapter", "unheard_of.adapter.safetensors", "--trajectory", "ball.traj.json"})),
             Contains("an adapter of the kind 'unheard_of', which no plugin here brings"));
  fs::create_directory(place / "wide");
  tiny_model::adapter(place.folder(), 36);
  CHECK_THAT(error(Place::with_adapter({})), Contains("is an adapter for another model than 'original'"));
  fs::remove(place / "original/Wan2.2_VAE.pth");
  CHECK_THAT(error(Place::words({})), Contains("lacks parts of a model"));
  CHECK_THAT(error({"decode", "first.png", "--model", "original"}), Contains("first.png"));
  CHECK_THAT(error({"decode"}), Contains("the file of latents is missing"));
}

TEST_CASE("a full disk is told, and what was denoised stays", "[cli][message]") {
  const Place place;
  const fs::path disk = place / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    FLASHMOTION_SKIP("a small file system cannot be mounted here, which takes root");
  }
  const auto fill = [&](std::uintmax_t left) {
    const std::uintmax_t room = fs::space(disk).available;
    std::ofstream(disk / "filler", std::ios::binary) << std::string(room > left ? room - left : 0, 'x');
  };
  const auto names = [&] {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(disk)) found.insert(entry.path().filename().string());
    return found;
  };
  const Words words = Place::words({"--out", "disk/clip.mp4"});
  // No room for latents.
  fill(0);
  const Outcome none = place.run(words);
  INFO(none.err);
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("clip.latents.safetensors") && Contains("No space left on device"));
  CHECK(names() == std::set<std::string>{"filler"});
  // Room for latents and no clip.
  fs::remove(disk / "filler");
  fill(4096);
  const Outcome some = place.run(words);
  INFO(some.err);
  CHECK(some.code != 0);
  CHECK_THAT(some.err, Contains("No space left on device") &&
                           Contains("flashmotion decode disk/clip.latents.safetensors --model original --out "
                                    "disk/clip.mp4"));
  CHECK(names() == std::set<std::string>{"filler", "clip.latents.safetensors"});
  // With room again, the same command goes on.
  fs::remove(disk / "filler");
  const Outcome last = place.run(words);
  INFO(last.err);
  CHECK(last.code == 0);
  CHECK(names() == std::set<std::string>{"clip.mp4"});
  ::umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace generate_model_test
