#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// The smoke recipe through the program: the same bytes each time, also when it was stopped on the way.

namespace run_smoke_test {

namespace fs = std::filesystem;
using program::Outcome;

/// One finished run that the cases look at; it goes with the program.
struct Finished {
  TempFolder temp;
  Outcome outcome;
  Finished() { outcome = program::run({"run", program::recipe("toy/smoke.toml"), "--out", "whole"}, temp.path()); }
  [[nodiscard]] fs::path path() const { return temp / "whole"; }
};
const Finished& finished() {
  static const Finished shared;
  return shared;
}

std::string bytes(const fs::path& file) { return flashmotion::read_file(file.string()); }

// Files that equal runs leave equal: all but times, pictures of them and video containers.
std::vector<std::string> stable_files(const fs::path& run) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".safetensors" || name == "metrics.jsonl" || name == "recipe.resolved.toml") {
      files.push_back(fs::relative(entry.path(), run).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("the smoke recipe runs through and leaves what is promised", "[cli][slow]") {
  INFO(finished().outcome.err);
  REQUIRE(finished().outcome.code == 0);
  const fs::path run = finished().path();
  for (const char* stage : {"pretrain", "slow_adapter", "fast_generator", "fast_adapter"}) {
    INFO(stage);
    for (const char* file :
         {"done.json", "best.json", "validation.2.png", "validation.3.png", "preview.png", "preview.mp4"}) {
      CHECK(fs::exists(run / "stages" / stage / file));
    }
    CHECK_FALSE(fs::exists(run / "stages" / stage / "state.0.safetensors"));
  }
  CHECK(stable_files(run) ==
        std::vector<std::string>{"codec.safetensors",
                                 "evaluation/diffusion_only.safetensors",
                                 "evaluation/gan_only.safetensors",
                                 "evaluation/hybrid.safetensors",
                                 "evaluation/naive.safetensors",
                                 "evaluation/no_adapter.safetensors",
                                 "evaluation/slow_4.safetensors",
                                 "evaluation/slow_50.safetensors",
                                 "metrics.jsonl",
                                 "recipe.resolved.toml",
                                 "stages/fast_adapter.without.diffusion/best.adapter.safetensors",
                                 "stages/fast_adapter.without.diffusion/final.adapter.safetensors",
                                 "stages/fast_adapter.without.diffusion/final.discriminator.safetensors",
                                 "stages/fast_adapter.without.gan.gan_discriminator/best.adapter.safetensors",
                                 "stages/fast_adapter.without.gan.gan_discriminator/final.adapter.safetensors",
                                 "stages/fast_adapter/best.adapter.safetensors",
                                 "stages/fast_adapter/final.adapter.safetensors",
                                 "stages/fast_adapter/final.discriminator.safetensors",
                                 "stages/fast_generator/best.generator.safetensors",
                                 "stages/fast_generator/final.fake_score.safetensors",
                                 "stages/fast_generator/final.generator.safetensors",
                                 "stages/pretrain/best.generator.safetensors",
                                 "stages/pretrain/final.generator.safetensors",
                                 "stages/slow_adapter/best.adapter.safetensors",
                                 "stages/slow_adapter/final.adapter.safetensors"});
  const auto results = nlohmann::json::parse(bytes(run / "results.json"));
  CHECK(results.at("variants").size() == 7);
  CHECK(results.at("variants").at("slow_50").at("overall").at("passes_per_clip") == 6);
  CHECK(results.at("variants").at("hybrid").at("overall").at("passes_per_clip") == 4);
  CHECK(results.at("variants").at("hybrid").at("groups").size() == 3);
  for (const char* floor : {"real", "codec"}) CHECK(results.at("floors").contains(floor));
  CHECK(bytes(run / "report.html").find("hybrid") != std::string::npos);
  CHECK(nlohmann::json::parse(bytes(run / "plugins.json")).size() == 2);
  CHECK(finished().outcome.err.find("report: whole/report.html") != std::string::npos);
}

TEST_CASE("losses of the smoke recipe are the kept ones", "[cli][slow][golden]") {
  REQUIRE(finished().outcome.code == 0);
  // Other processors and libraries round differently: relative 1e-4, over the first two steps of each stage. To keep
  // new values after a change that means to change them: FLASHMOTION_REGENERATE_GOLDEN=1.
  constexpr double kTolerance = 1e-4;
  const fs::path golden = fs::path(FLASHMOTION_TEST_SOURCE_DIR) / "tests/golden/smoke_losses.json";
  nlohmann::json measured{{"torch", TORCH_VERSION},
                          {"recipe", "recipes/toy/smoke.toml"},
                          {"relative_tolerance", kTolerance},
                          {"losses", nlohmann::json::array()}};
  std::ifstream lines(finished().path() / "metrics.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.at("step").get<int>() > 1 || !json.contains("terms")) continue;
    nlohmann::json terms;
    for (const auto& [name, term] : json.at("terms").items()) terms[name] = term.at("value");
    measured["losses"].push_back({{"stage", json.at("stage")}, {"step", json.at("step")}, {"terms", terms}});
  }
  if (std::getenv("FLASHMOTION_REGENERATE_GOLDEN") != nullptr) std::ofstream(golden) << measured.dump(2) << "\n";
  const auto kept = nlohmann::json::parse(bytes(golden));
  INFO("kept values were made with LibTorch " << kept.at("torch") << ", this is " << TORCH_VERSION);
  REQUIRE(kept.at("losses").size() == measured["losses"].size());
  for (std::size_t i = 0; i < kept.at("losses").size(); ++i) {
    const auto& want = kept.at("losses")[i];
    const auto& have = measured["losses"][i];
    INFO(want.dump());
    CHECK(want.at("stage") == have.at("stage"));
    REQUIRE(want.at("terms").size() == have.at("terms").size());
    for (const auto& [name, value] : want.at("terms").items()) {
      CHECK(have.at("terms").at(name).get<double>() == Approx(value.get<double>()).epsilon(kTolerance));
    }
  }
}

TEST_CASE("a look at a stage's last weights sees what the evaluation measures of them", "[cli][slow][law]") {
  REQUIRE(finished().outcome.code == 0);
  // The recipe looks at the evaluation's own clips, from the same noise.
  const auto results = nlohmann::json::parse(bytes(finished().path() / "results.json"));
  const std::map<std::string, std::string> variants{{"slow_adapter", "slow_50"},
                                                    {"fast_generator", "no_adapter"},
                                                    {"fast_adapter", "hybrid"},
                                                    {"fast_adapter.without.diffusion", "gan_only"}};
  std::ifstream lines(finished().path() / "metrics.jsonl");
  std::map<std::string, int> looks;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    const auto variant = variants.find(json.at("stage").get<std::string>());
    if (!json.contains("validation") || variant == variants.end()) continue;
    ++looks[variant->first];
    if (json.at("step") != 3) continue;
    const auto& measured = results.at("variants").at(variant->second).at("overall");
    for (const auto& [key, value] : json.at("validation").items()) {
      INFO(variant->first << ' ' << key);
      CHECK(value == measured.at(key));
    }
    CHECK(json.at("validation").size() == 6);
  }
  for (const auto& [stage, variant] : variants) CHECK(looks[stage] == 2);  // after steps 2 and 3
}

TEST_CASE("a run that was stopped twice and resumed leaves the same bytes", "[cli][slow][law]") {
  REQUIRE(finished().outcome.code == 0);
  const TempFolder temp;
  const std::vector<std::string> command{"run", program::recipe("toy/smoke.toml"), "--out", "run", "--resume"};
  fs::create_directory(temp / "run");  // --resume takes an empty folder too
  // Once in training, with lines of metrics that the saved state knows nothing of, and once in a later stage.
  const auto when = [&](const fs::path& file, int signal) {
    return [=](pid_t pid) {
      std::error_code none;
      if (!fs::exists(file, none)) return false;
      ::kill(pid, signal);
      return true;
    };
  };
  const Outcome first = program::run(command, temp.path(), when(temp / "run/metrics.jsonl", SIGINT));
  INFO(first.err);
  CHECK(first.code == 130);
  CHECK_THAT(first.err, Catch::EndsWith("stopped; the state is saved, go on with --resume\n"));
  CHECK_FALSE(fs::exists(temp / "run/stages/pretrain/done.json"));
  const Outcome second =
      program::run(command, temp.path(), when(temp / "run/stages/fast_generator/state.0.safetensors", SIGTERM));
  CHECK(second.code == 143);
  CHECK(fs::exists(temp / "run/stages/slow_adapter/done.json"));
  CHECK_FALSE(fs::exists(temp / "run/results.json"));

  std::vector<std::string> again = command;
  again.pop_back();
  const Outcome refused = program::run(again, temp.path());
  CHECK(refused.code == 2);
  CHECK(refused.err == "'run' holds an earlier run; go on with it by --resume, or choose another folder with --out\n");
  again = command;
  again.insert(again.end(), {"--set", "run.seed=1"});
  const Outcome other = program::run(again, temp.path());
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Catch::StartsWith("'run' was started with another recipe") &&
                            Catch::EndsWith("\n  run.seed was 0 and is 1 now\n"));

  const Outcome last = program::run(command, temp.path());
  INFO(last.err);
  REQUIRE(last.code == 0);
  const std::vector<std::string> files = stable_files(finished().path());
  CHECK(stable_files(temp / "run") == files);
  for (const std::string& file : files) {
    INFO(file);
    CHECK(bytes(finished().path() / file) == bytes(temp / "run" / file));
  }
}

TEST_CASE("a finished run that is resumed trains and samples nothing", "[cli][slow]") {
  REQUIRE(finished().outcome.code == 0);
  const fs::path run = finished().path();
  std::vector<std::pair<fs::path, fs::file_time_type>> before;
  for (const std::string& file : stable_files(run)) before.emplace_back(run / file, fs::last_write_time(run / file));
  const Outcome again =
      program::run({"run", program::recipe("toy/smoke.toml"), "--out", "whole", "--resume"}, finished().temp.path());
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK_THAT(again.err, !Catch::Contains("(1/3)"));
  for (const auto& [file, time] : before) {
    INFO(file.string());
    CHECK(fs::last_write_time(file) == time);
  }
  const Outcome report = program::run({"report", "whole"}, finished().temp.path());
  CHECK(report.code == 0);
  CHECK_THAT(report.out, Catch::Contains("hybrid") && Catch::Contains("naive"));
}

const char* const kTrajectory = R"({
  "format": "flashmotion-trajectory", "version": 1, "frames": 17, "width": 64, "height": 48, "fps": 8,
  "objects": [{"name": "red disc", "colour": "#f21a1a",
               "keys": [{"frame": 0, "box": [0.1, 0.1, 0.4, 0.4]}, {"frame": 16, "box": [0.6, 0.5, 0.9, 0.8]}]}]
})";

struct Given {
  TempFolder temp;
  Given() {
    flashmotion::Tensor picture = torch::full({3, 48, 64}, -0.6F);
    picture.narrow(1, 5, 14).narrow(2, 7, 18).copy_(
        torch::tensor({0.9F, -0.7F, -0.7F}).view({3, 1, 1}).expand({3, 14, 18}));
    flashmotion::write_png(temp / "first.png", picture);
    std::ofstream(temp / "boxes.traj.json") << kTrajectory;
  }
  [[nodiscard]] Outcome generate(const std::vector<std::string>& more) const {
    std::vector<std::string> command{"generate", "--run", finished().path().string(), "--quiet"};
    command.insert(command.end(), more.begin(), more.end());
    return program::run(command, temp.path());
  }
};

TEST_CASE("a clip is made from a hand-written picture and trajectory", "[cli][slow]") {
  REQUIRE(finished().outcome.code == 0);
  const Given given;
  const Outcome good = given.generate(
      {"--image", "first.png", "--trajectory", "boxes.traj.json", "--out", "a.mp4", "--overlay", "boxes.mp4"});
  INFO(good.err);
  REQUIRE(good.code == 0);
  for (const char* file : {"a.mp4", "boxes.mp4"}) {
    const flashmotion::VideoClip clip = flashmotion::read_video(given.temp / file);
    CHECK(clip.frames.size(0) == 9);
    CHECK(clip.frames.size(1) >= 32);
    CHECK(clip.fps == Approx(8.0));
    CHECK_FALSE(clip.damaged());
  }
  // The first frame is the given picture: red where its disc is, dark elsewhere.
  const flashmotion::Tensor frame = flashmotion::read_video(given.temp / "a.mp4").frames[0].to(torch::kFloat);
  const std::int64_t h = frame.size(0), w = frame.size(1);
  const flashmotion::Tensor inside = frame[h / 4][w / 4], outside = frame[h * 3 / 4][w / 4];
  CHECK((inside[0] - inside[1]).item<double>() > 100);
  CHECK((outside[0] - outside[1]).abs().item<double>() < 40);

  const Outcome same = given.generate({"--image", "first.png", "--trajectory", "boxes.traj.json", "--out", "b.mp4"});
  REQUIRE(same.code == 0);
  CHECK(
      flashmotion::read_video(given.temp / "b.mp4").frames.equal(flashmotion::read_video(given.temp / "a.mp4").frames));
  const Outcome seeded = given.generate({"--image", "first.png", "--trajectory", "boxes.traj.json", "--out", "c.mp4",
                                         "--seed", "9", "--variant", "slow_50", "--prompt", "blue square"});
  REQUIRE(seeded.code == 0);
  CHECK_FALSE(
      flashmotion::read_video(given.temp / "c.mp4").frames.equal(flashmotion::read_video(given.temp / "a.mp4").frames));
}

TEST_CASE("what cannot be made leaves no file", "[cli][slow][message]") {
  REQUIRE(finished().outcome.code == 0);
  const Given given;
  std::ofstream(given.temp / "wrong.traj.json")
      << R"({"format": "flashmotion-trajectory", "version": 1, "frames": 9, "width": 64, "height": 48, "objets": []})";
  std::ofstream(given.temp / "text.png") << "no picture";
  struct Row {
    const char *image, *trajectory, *variant, *text;
  };
  const Row table[] = {
      {"missing.png", "boxes.traj.json", "hybrid", "missing.png"},
      {"text.png", "boxes.traj.json", "hybrid", "text.png"},
      {"first.png", "missing.traj.json", "hybrid", "missing.traj.json"},
      {"first.png", "wrong.traj.json", "hybrid", "did you mean 'objects'?"},
      {"first.png", "boxes.traj.json", "hybird", "this run has no variant 'hybird'; did you mean 'hybrid'?"},
  };
  for (const Row& row : table) {
    INFO(row.text);
    const Outcome bad = given.generate({"--image", row.image, "--trajectory", row.trajectory, "--variant", row.variant,
                                        "--out", "clip.mp4", "--overlay", "overlay.mp4"});
    CHECK(bad.code == 2);
    CHECK_THAT(bad.err, Catch::Contains(row.text));
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(given.temp.path())) {
      CHECK(entry.path().extension() != ".mp4");
      ++files;
    }
    CHECK(files == 6);  // what was given, and the two streams of the program
  }
}

TEST_CASE("a run with parts of plugins of every kind goes through, with the fake score's features", "[cli][slow]") {
  const TempFolder temp;
  const Outcome made = program::run(
      {"run", program::recipe("toy/smoke.toml"), "--out", "run", "--quiet", "--set", "adapter.use=lora_control",
       "--set", "trajectory.use=gaussian", "--set", "stage.slow_adapter.objective.flow.use=object_diffusion", "--set",
       "sampler.many.use=heun", "--set",
       "stage.fast_adapter.objective.gan.weight={ use = \"piecewise\", steps = [0, 2], values = [0.5, 1.5] }", "--set",
       "discriminator.features=fast_generator", "--set", "discriminator.features_role=fake_score"},
      temp.path());
  INFO(made.err);
  REQUIRE(made.code == 0);
  std::set<std::string> plugins;
  for (const auto& plugin : nlohmann::json::parse(bytes(temp / "run/plugins.json"))) plugins.insert(plugin.at("name"));
  CHECK(plugins == std::set<std::string>{"attention_head", "gaussian_encoder", "heun_sampler", "lora_control_adapter",
                                         "object_diffusion_objective", "piecewise_schedule"});
  std::vector<double> weights;
  std::ifstream lines(temp / "run/metrics.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.at("stage") == "fast_adapter" && json.contains("terms"))
      weights.push_back(json.at("terms").at("gan").at("weight"));
  }
  CHECK(weights == std::vector<double>{0.5, 1.0, 1.5});
}

TEST_CASE("lora_control learns in the toy world", "[cli][slow]") {
  // Losses of equal steps, on equal clips and noise, of an adapter that learns and of one that does not.
  const auto losses = [](const std::string& learning_rate) {
    const TempFolder temp;
    const Outcome made = program::run(
        {"run", program::recipe("toy/smoke.toml"), "--out", "run", "--quiet", "--set", "adapter.use=lora_control",
         "--set", "stage.pretrain.steps=40", "--set", "stage.slow_adapter.steps=80", "--set",
         "stage.slow_adapter.optimiser.learning_rate=" + learning_rate},
        temp.path());
    INFO(made.err);
    REQUIRE(made.code == 0);
    std::vector<double> values;
    std::ifstream lines(temp / "run/metrics.jsonl");
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line);
      if (json.at("stage") == "slow_adapter" && json.contains("terms"))
        values.push_back(json.at("terms").at("flow").at("value"));
    }
    REQUIRE(values.size() == 80);
    return values;
  };
  const std::vector<double> learns = losses("2e-3"), still = losses("1e-12");
  std::int64_t better = 0;
  for (std::size_t i = 60; i < 80; ++i) better += learns[i] < still[i] ? 1 : 0;
  CHECK(better > 17);
}

TEST_CASE("a plugin that fails in a run is named with its stage and step", "[cli][slow]") {
  const auto error_of = [](const std::string& method) {
    const TempFolder temp;
    const Outcome made =
        program::run({"run", program::recipe("toy/smoke.toml"), "--out", "run", "--quiet", "--set",
                      "plugins.files=[\"" FLASHMOTION_TEST_BINARY_DIR "/tests/plugins/fixture_valid.so\"]", "--set",
                      "adapter={ use = \"tiny\", wrong = \"" + method + "\" }", "--set", "stage.pretrain.preview=\"\""},
                     temp.path());
    CHECK(made.code == 1);
    return made.err;
  };
  CHECK_THAT(error_of("edits"),
             Catch::EndsWith("plugin fixture_valid 1.2.3: edits() of adapter 'tiny' failed: the edits is out of order\n"
                             "  while training the stage 'slow_adapter', step 0\n"));
  CHECK_THAT(error_of("memory"),
             Catch::EndsWith("plugin fixture_valid 1.2.3: initialise_from() of adapter 'tiny' failed: there is not "
                             "enough memory\n  while building the stage 'slow_adapter'\n"));
}

TEST_CASE("a run that fails says why and exits with 1 or 2", "[cli][slow]") {
  const TempFolder temp;
  // So large a step that the weights overflow.
  const Outcome diverged =
      program::run({"run", program::recipe("toy/smoke.toml"), "--out", "run", "--quiet", "--set",
                    "stage.pretrain.optimiser={ use = \"adamw\", learning_rate = 1e38, warmup = 0 }", "--set",
                    "stage.pretrain.preview=\"\""},
                   temp.path());
  INFO(diverged.err);
  CHECK(diverged.code == 1);
  CHECK_THAT(diverged.err, Catch::Contains("\nerror: stage 'pretrain': the loss is not finite at step "));
  std::ofstream(temp / "file") << "text";
  const Outcome no_folder = program::run({"run", program::recipe("toy/smoke.toml"), "--out", "file"}, temp.path());
  CHECK(no_folder.code == 2);
  CHECK(no_folder.err == "'file' exists and is no folder; choose another with --out\n");
}

}  // namespace run_smoke_test
