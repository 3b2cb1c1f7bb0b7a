#include "flashmotion/base/read_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/pipeline/tiny_model.hpp"
#include "tests/support/test_data.hpp"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace flashbench_run_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::read_file;
using program::run;

// A benchmark of three cases and its real clips as some model's, measured once.
struct World {
  TempFolder temp;
  World() {
    REQUIRE(run({"flashbench", "make", "--kind", "toy", "--per-group", "1", "--out", "toy"}, temp.path()).code == 0);
    fs::create_directories(temp / "clips");
    for (const char* id : {"1-01", "2-01", "3-01"})
      fs::copy(temp / "toy" / "cases" / id / "reference", temp / "clips" / id);
  }
  program::Outcome measure(std::vector<std::string> more = {}, const std::string& out = "out") const {
    more.insert(more.begin(), {"flashbench", "run", "--bench", "toy", "--generated", "clips", "--out", out, "--quiet"});
    return run(more, temp.path());
  }
  [[nodiscard]] std::string results(const std::string& out = "out") const {
    return read_file((temp / out / "results.json").string());
  }
};

TEST_CASE("damaged, empty, short and missing clips are told, and earlier results stay", "[cli][message]") {
  const World world;
  REQUIRE(world.measure().code == 0);
  const std::string before = world.results();
  const auto refused = [&](const std::string& text, const std::vector<std::string>& more = {}) {
    const auto bad = world.measure(more);
    INFO(bad.err);
    CHECK(bad.code == 2);
    CHECK(bad.out.empty());
    CHECK_THAT(bad.err, Contains(text));
    CHECK(world.results() == before);
  };
  const fs::path clip = world.temp / "clips/2-01", aside = world.temp / "aside";
  fs::rename(clip, aside);
  refused("clips are missing: 'clips/2-01'");
  std::ofstream(clip.string() + ".mp4") << "";
  refused("clips/2-01.mp4'");
  std::ofstream(clip.string() + ".mp4") << "this is no video";
  refused("clips/2-01.mp4'");
  if (const auto videos = test_data("video")) {
    for (const char* name : {"damaged_truncated_no_moov.mp4", "damaged_middle_zeroed.mp4"}) {
      fs::copy_file(*videos / name, clip.string() + ".mp4", fs::copy_options::overwrite_existing);
      fs::permissions(clip.string() + ".mp4", fs::perms::owner_write, fs::perm_options::add);
      refused("clips/2-01.mp4'");
    }
  }
  fs::remove(clip.string() + ".mp4");
  fs::create_directories(clip);
  fs::copy(aside / "00000.png", clip);
  refused("'clips/2-01' has 1 frames; a clip needs 3 or more");
  for (int i = 1; i < 5; ++i) fs::copy_file(aside / "00000.png", clip / fmt::format("0000{}.png", i));
  refused("the clip of case '2-01' has 5 frames, those before it 9; give all one length");
  std::ofstream(clip / "00004.png") << "no picture";
  refused("clips/2-01/00004.png'");
  fs::remove_all(clip);
  fs::rename(aside, clip);
  CHECK(world.measure().code == 0);
  CHECK(world.results() == before);
}

TEST_CASE("masks of another size are resized, of another number refused, and empty ones are nothing found",
          "[cli][message]") {
  const World world;
  const auto copy_masks = [&](const fs::path& to) {
    fs::create_directories(to);
    for (const char* id : {"1-01", "2-01", "3-01"})
      fs::copy(world.temp / "toy/cases" / id / "masks", to / id, fs::copy_options::recursive);
  };
  copy_masks(world.temp / "masks");
  fs::remove(world.temp / "masks/2-01/00008.png");
  const auto few = world.measure({"--masks", "masks"});
  CHECK(few.code == 2);
  CHECK_THAT(few.err, Contains("'masks/2-01' has 8 masks; the clip has 9 frames"));
  fs::remove_all(world.temp / "masks/2-01");
  const auto none = world.measure({"--masks", "masks"});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("masks/2-01"));
  CHECK_FALSE(fs::exists(world.temp / "out/results.json"));
  fs::remove_all(world.temp / "masks");

  // Twice the size: the nearest pixel is the same mask again.
  copy_masks(world.temp / "large");
  for (const auto& entry : fs::recursive_directory_iterator(world.temp / "large")) {
    if (!entry.is_regular_file()) continue;
    const torch::Tensor labels = flashmotion::read_mask_png(entry.path());
    flashmotion::write_mask_png(entry.path(), labels.repeat_interleave(2, 0).repeat_interleave(2, 1));
  }
  REQUIRE(world.measure({"--masks", "large"}, "large_out").code == 0);
  CHECK(nlohmann::json::parse(world.results("large_out"))["overall"]["mask_iou"] == 1.0);

  // An object that is never found scores nothing; one that never appears is not looked for.
  copy_masks(world.temp / "empty");
  for (const auto& entry : fs::recursive_directory_iterator(world.temp / "empty"))
    if (entry.is_regular_file()) flashmotion::write_mask_png(entry.path(), torch::zeros({32, 32}, torch::kByte));
  REQUIRE(world.measure({"--masks", "empty"}, "empty_out").code == 0);
  const auto found = nlohmann::json::parse(world.results("empty_out"))["overall"];
  CHECK(found["mask_iou"] == 0.0);
  CHECK(found["centre_error"] == 240.0);
}

TEST_CASE("benchmarks that cannot be measured on are refused with the place", "[cli][message]") {
  const World world;
  const fs::path bench = world.temp / "toy/bench.json";
  const auto json = nlohmann::json::parse(read_file(bench.string()));
  const std::string name = json["cases"][0]["trajectory"];
  const fs::path trajectory = world.temp / "toy" / name;
  const std::string good = read_file(trajectory.string());
  const auto refused = [&](const fs::path& file, const std::string& text, const std::string& message) {
    const std::string kept = read_file(file.string());
    std::ofstream(file) << text;
    const auto began = std::chrono::steady_clock::now();
    const auto bad = world.measure();
    INFO(bad.err);
    CHECK(bad.code == 2);
    CHECK_THAT(bad.err, Contains(message));
    CHECK_FALSE(fs::exists(world.temp / "out/results.json"));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(60));
    std::ofstream(file) << kept;
  };
  auto twice = json;
  twice["cases"][1]["id"] = twice["cases"][0]["id"];
  refused(bench, twice.dump(), "1-01");
  auto gone = json;
  gone["cases"][1]["trajectory"] = "cases/none.traj.json";
  refused(bench, gone.dump(), "cases/none.traj.json");

  // A number that is none, at its place.
  const auto digit = good.find("0.", good.find("boxes"));
  REQUIRE(digit != std::string::npos);
  std::string nan = good;
  nan.replace(digit, good.find_first_of(",]", digit) - digit, "NaN");
  refused(trajectory, nan, name);
  // A box without an area, and an object that is given boxes and never drawn.
  auto flat = nlohmann::json::parse(good);
  flat["objects"][0]["boxes"][3] = {0.5, 0.5, 0.5, 0.7};
  refused(trajectory, flat.dump(), "'objects[0].boxes[3]' is empty");
  auto ghost = nlohmann::json::parse(good);
  ghost["objects"].push_back(ghost["objects"][0]);
  ghost["objects"][1]["name"] = "ghost";
  ghost["objects"][1]["masks"]["label"] = 2;
  refused(trajectory, ghost.dump(), "group '2'");
  auto grouped = json;
  grouped["cases"][0]["group"] = "2";
  std::ofstream(bench) << grouped.dump();
  refused(trajectory, ghost.dump(), "shows object 'ghost' in no frame, label 2");
  std::ofstream(bench) << json.dump();
  // More objects than a trajectory can have.
  auto many = nlohmann::json::parse(good);
  REQUIRE(many["objects"].size() == 1);
  for (int i = 1; i < 10'000; ++i) {
    many["objects"].push_back(many["objects"][0]);
    if (many["objects"][0].contains("name")) many["objects"].back()["name"] = fmt::format("object {}", i);
  }
  refused(trajectory, many.dump(), name);
  CHECK(world.measure().code == 0);
}

TEST_CASE("a benchmark of single frames has nothing to measure", "[cli][message]") {
  const World world;
  const fs::path bench = world.temp / "toy/bench.json";
  auto json = nlohmann::json::parse(read_file(bench.string()));
  json["frames"] = 1;
  json["cases"] = nlohmann::json::array({json["cases"][0]});
  auto& one = json["cases"][0];
  for (const char* part : {"reference", "masks"}) {
    for (int i = 1; i < 9; ++i)
      fs::remove(world.temp / "toy" / one[part].get<std::string>() / fmt::format("{:05}.png", i));
  }
  const fs::path file = world.temp / "toy" / one["trajectory"].get<std::string>();
  auto trajectory = nlohmann::json::parse(read_file(file.string()));
  trajectory["frames"] = 1;
  for (auto& object : trajectory["objects"]) object["boxes"] = nlohmann::json::array({object["boxes"][0]});
  std::ofstream(file) << trajectory.dump();
  std::ofstream(bench) << json.dump();
  CHECK(run({"flashbench", "check", "toy"}, world.temp.path()).code == 0);
  const auto bad = world.measure();
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Contains("toy/bench.json' has clips of 1 frame; nothing moves in them"));
  CHECK_FALSE(fs::exists(world.temp / "out"));
}

TEST_CASE("clips of no case are left alone, and options without a meaning are refused", "[cli][message]") {
  const World world;
  REQUIRE(world.measure({"--threads", "1"}).code == 0);
  fs::copy(world.temp / "clips/1-01", world.temp / "clips/9-99");
  std::ofstream(world.temp / "clips/other.mp4") << "no video";
  REQUIRE(world.measure({}, "more").code == 0);
  CHECK(world.results("more") == world.results());
  const auto error = [&](const std::vector<std::string>& more) {
    const auto bad = world.measure(more, "none");
    CHECK(bad.code == 2);
    CHECK_FALSE(fs::exists(world.temp / "none/results.json"));
    return bad.err;
  };
  CHECK_THAT(error({"--steps", "4"}), Contains("--steps says how a checkpoint makes clips: give --model too"));
  CHECK_THAT(error({"--variant", "hybrid"}), Contains("--variant names one of a run"));
  CHECK_THAT(error({"--seeds", "2"}), Contains("has clips of 1 seeds, and 2 are asked for"));
  std::ofstream(world.temp / "file") << "kept";
  const auto bad = world.measure({}, "file");
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Contains("the folder 'file' cannot be made"));
  CHECK(read_file((world.temp / "file").string()) == "kept");
}

TEST_CASE("a measurement goes on where it was stopped, with the same result", "[cli][law]") {
  const World world;
  REQUIRE(world.measure({}, "whole").code == 0);
  // Stopped after the first case: the next start measures the others.
  const auto stopped = [&] {
    fs::remove_all(world.temp / "parts");
    return run({"flashbench", "run", "--bench", "toy", "--generated", "clips", "--out", "parts", "--quiet"},
               world.temp.path(), [&](pid_t child) {
                 if (!fs::exists(world.temp / "parts/measured/1-01.safetensors")) return false;
                 ::kill(child, SIGINT);
                 return true;
               });
  };
  // On a busy machine the signal may come when all is done.
  int code = stopped().code;
  for (int tries = 1; code == 0 && tries < 10; ++tries) code = stopped().code;
  REQUIRE(code == 130);
  CHECK_FALSE(fs::exists(world.temp / "parts/results.json"));
  const fs::path kept = world.temp / "parts/measured/1-01.safetensors";
  const auto time = fs::last_write_time(kept);
  REQUIRE(world.measure({}, "parts").code == 0);
  CHECK(fs::last_write_time(kept) == time);
  CHECK(world.results("parts") == world.results("whole"));
  CHECK(read_file((world.temp / "parts/features.safetensors").string()) ==
        read_file((world.temp / "whole/features.safetensors").string()));

  // Another clip is measured anew, and so is a damaged record.
  fs::remove_all(world.temp / "clips/1-01");
  fs::copy(world.temp / "clips/2-01", world.temp / "clips/1-01");
  std::ofstream(world.temp / "parts/measured/3-01.safetensors") << "damaged";
  REQUIRE(world.measure({}, "parts").code == 0);
  CHECK(fs::last_write_time(kept) != time);
  CHECK(world.results("parts") != world.results("whole"));
  REQUIRE(world.measure({}, "fresh").code == 0);
  CHECK(world.results("parts") == world.results("fresh"));
}

TEST_CASE("a checkpoint is measured with an adapter and without", "[cli][slow]") {
  const World world;
  const fs::path model = tiny_model::copy(world.temp, "diffusers");
  const fs::path adapter = tiny_model::adapter(world.temp);
  const auto measure = [&](std::vector<std::string> more, const std::string& out) {
    more.insert(more.begin(), {"flashbench", "run", "--bench", "toy", "--model", model.string(), "--size", "32x32",
                               "--steps", "2", "--cfg", "1", "--dtype", "fp32", "--quiet", "--out", out});
    return run(more, world.temp.path());
  };
  const auto plain = measure({}, "plain");
  INFO(plain.err);
  REQUIRE(plain.code == 0);
  const auto json = nlohmann::json::parse(world.results("plain"));
  CHECK(json["label"] == "diffusers");
  CHECK(json["clips"].size() == 3);
  CHECK(json["overall"]["seconds"].get<double>() > 0);
  CHECK(json["overall"]["peak_memory_gib"].get<double>() > 0);
  const auto controlled =
      measure({"--adapter", adapter.string(), "--seeds", "2", "--cases", "1-01,2-01"}, "controlled");
  INFO(controlled.err);
  REQUIRE(controlled.code == 0);
  CHECK(nlohmann::json::parse(world.results("controlled"))["clips"].size() == 4);

  // A clip that is missing is made again, and nothing else.
  const fs::path clip = world.temp / "plain/clips/seed-0/2-01/00008.png";
  const auto written = fs::last_write_time(world.temp / "plain/clips/seed-0/1-01/00008.png");
  const std::string bytes = read_file(clip.string());
  fs::remove_all(clip.parent_path());
  REQUIRE(measure({}, "plain").code == 0);
  CHECK(read_file(clip.string()) == bytes);
  CHECK(fs::last_write_time(world.temp / "plain/clips/seed-0/1-01/00008.png") == written);
  // What was asked for in another order is the same; another setting, or other weights under the same name, is not.
  const auto ordered = run({"flashbench", "run", "--out", "plain", "--dtype", "fp32", "--cfg", "1", "--steps", "2",
                            "--size", "32x32", "--quiet", "--model", model.string(), "--bench", "toy"},
                           world.temp.path());
  INFO(ordered.err);
  CHECK(ordered.code == 0);
  const auto refused = [&](const std::vector<std::string>& more, const std::string& out) {
    const std::string before = world.results(out);
    const auto other = measure(more, out);
    CHECK(other.code == 2);
    CHECK_THAT(other.err, Contains("holds the clips of another model"));
    CHECK(world.results(out) == before);
  };
  refused({"--shift", "3"}, "plain");
  const std::vector<std::string> fewer{"--adapter", adapter.string(), "--cases", "1-01,2-01"};
  REQUIRE(measure(fewer, "controlled").code == 0);
  CHECK(nlohmann::json::parse(world.results("controlled"))["clips"].size() == 2);
  fs::last_write_time(adapter, fs::last_write_time(adapter) + std::chrono::seconds(2));
  refused(fewer, "controlled");
  // A mistake claims no folder.
  CHECK(measure({"--sampler", "unknown"}, "mended").code == 2);
  CHECK(measure({"--cases", "1-01"}, "mended").code == 0);
}

}  // namespace flashbench_run_test
