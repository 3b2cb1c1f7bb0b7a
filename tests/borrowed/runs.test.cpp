#include "flashmotion/base/error.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/processes/gradients.hpp"
#include "tests/support/borrowed_device.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/thread_processes.hpp"
#include "tests/support/whole_run.hpp"

#include <filesystem>
#include <string>
#include <vector>

// Training on a device that is not the CPU, where no GPU is at hand: every stage, to nearly the same losses. A program
// of its own, since LibTorch knows one such device at a time.

namespace borrowed_runs_test {

namespace fs = std::filesystem;
using borrowed_device::kDevice;
using flashmotion::RunOptions;
using Changes = std::vector<std::string>;

/// The CPU computes attention as a device does that LibTorch has no kernel for.
void take_plain_attention() { flashmotion::use_attention(flashmotion::AttentionKernel::math); }

RunOptions options(const fs::path& out, const c10::Device& device) {
  RunOptions made;
  made.out = out.string();
  made.device = device;
  made.stages_only = true;
  return made;
}

// Of a loss, where operators round otherwise.
constexpr double kNear = 1e-3;

// Whether two runs left the same files, and came to nearly the same losses.
void check_alike(const fs::path& one, const fs::path& other) {
  CHECK(whole_run::weight_files(one) == whole_run::weight_files(other));
  const auto [gap, where] = whole_run::largest_gap(one, other);
  INFO(where);
  CHECK(gap < kNear);
}

/// Runs a recipe on the CPU and on the borrowed device, and compares.
void compare(const TempFolder& temp, const Changes& changes, bool stages_only = true) {
  take_plain_attention();
  const fs::path recipe = whole_run::write_recipe(temp.path());
  for (const bool there : {false, true}) {
    const std::int64_t before = borrowed_device::operators;
    RunOptions how = options(temp / (there ? "there" : "here"), there ? kDevice : c10::Device(c10::kCPU));
    how.stages_only = stages_only;
    whole_run::run(recipe, changes, how);
    if (there)
      CHECK(borrowed_device::operators > before + 10000);
    else
      CHECK(borrowed_device::operators == before);
  }
  CHECK(fs::exists(temp / "here/stages/fast_adapter/final.adapter.safetensors"));
  check_alike(temp / "here", temp / "there");
}

TEST_CASE("the borrowed device computes, and refuses tensors of the CPU", "[borrowed][unit]") {
  const at::Tensor x = torch::randn({3, 4}), w = torch::randn({5, 4});
  CHECK(torch::linear(x.to(kDevice), w.to(kDevice)).cpu().equal(torch::linear(x, w)));
  CHECK_THROWS_AS(torch::linear(x.to(kDevice), w), c10::Error);
  CHECK_THROWS_AS(x.to(kDevice) + x, c10::Error);
  CHECK_THROWS_AS(torch::cat({x.to(kDevice), x}), c10::Error);
  CHECK((x.to(kDevice) * torch::full({}, 2.0)).cpu().equal(x * 2.0));
}

TEST_CASE("all stages and the evaluation leave on another device what they leave on the CPU", "[borrowed][slow]") {
  const TempFolder temp;
  compare(temp, {}, false);
  for (const char* file : {"stages/slow_adapter/validation.2.png", "results.json"})
    CHECK(fs::exists(temp / "there" / file));
}

TEST_CASE("other adapters, heads and ways to hold weights train on another device", "[borrowed][slow]") {
  const auto changes = GENERATE(values<Changes>(
      {{"adapter.use=controlnet", "discriminator.use=conv", "generator.checkpointing=true",
        "stage.fast_generator.adapter=slow_adapter", "stage.fast_generator.consistency.target=student"},
       {"adapter.use=lora_control", "stage.pretrain.weights=bf16", "stage.slow_adapter.weights=bf16",
        "stage.fast_adapter.optimiser.offload=true", "stage.fast_adapter.update_ratio=2", "trajectory.use=gaussian"}}));
  const TempFolder temp;
  compare(temp, changes);
}

TEST_CASE("a run that was stopped on another device goes on on the CPU", "[borrowed][slow]") {
  take_plain_attention();
  const TempFolder temp;
  const fs::path recipe = whole_run::write_recipe(temp.path());
  whole_run::run(recipe, {}, options(temp / "whole", c10::kCPU));
  RunOptions how = options(temp / "parts", kDevice);
  how.stops = 1;
  int starts = 0;
  for (bool over = false; !over && starts < 20; ++starts) {
    try {
      whole_run::run(recipe, {}, how);
      over = true;
    } catch (const flashmotion::Interrupted&) {
    }
    how.resume = true;
    how.device = starts % 2 == 0 ? c10::Device(c10::kCPU) : kDevice;
  }
  CHECK(starts > 4);
  check_alike(temp / "whole", temp / "parts");
}

TEST_CASE("a stage that does not fit into the device says so, and its saved states are gone on with",
          "[borrowed][slow]") {
  take_plain_attention();
  const TempFolder temp;
  const fs::path recipe = whole_run::write_recipe(temp.path());
  RunOptions how = options(temp / "run", kDevice);
  how.stops = 1;  // leaves a state of the first stage
  CHECK_THROWS_AS(whole_run::run(recipe, {}, how), flashmotion::Interrupted);
  how.stops = 0;
  how.resume = true;
  borrowed_device::full_from = borrowed_device::operators + 2000;
  CHECK_THROWS_WITH(whole_run::run(recipe, {}, how),
                    Catch::StartsWith("the stage 'pretrain' does not fit into the memory of ") &&
                        Catch::Contains("(hpu:0). What helps: more micro-batches (accumulate), ") &&
                        Catch::Contains("go on with --resume --allow-change"));
  borrowed_device::full_from = 0;
  whole_run::run(recipe, {}, how);
  CHECK(fs::exists(temp / "run/stages/fast_adapter/final.adapter.safetensors"));
}

TEST_CASE("the mean of gradients on another device is that of the CPU", "[borrowed][unit]") {
  const auto mean = [](const c10::Device& device, std::int64_t bucket) {
    std::vector<at::Tensor> found(4);
    thread_processes::run(2, [&](flashmotion::Processes& p) {
      flashmotion::NamedTensors like;
      std::vector<at::Tensor> gradients;
      for (std::int64_t i = 0; i < 4; ++i) {
        like.push_back({std::to_string(i), torch::zeros({3, i + 1}).to(device)});
        const at::Tensor numbers = torch::arange(3 * (i + 1), torch::kFloat).view({3, i + 1}) * (p.rank() + 1.0);
        // One is missing in one process, one is narrow, one is a view.
        gradients.push_back(i == 0 && p.first() ? at::Tensor()
                            : i == 1            ? numbers.to(device, torch::kBFloat16)
                            : i == 2            ? numbers.t().contiguous().to(device).t()
                                                : numbers.to(device));
      }
      flashmotion::mean_gradients(p, like, gradients, bucket);
      if (p.first()) found = gradients;
    });
    return found;
  };
  for (const std::int64_t bucket : {std::int64_t{1}, std::int64_t{10}, flashmotion::kBucketNumbers}) {
    const auto here = mean(c10::kCPU, bucket), there = mean(kDevice, bucket);
    for (std::size_t i = 0; i < here.size(); ++i) {
      REQUIRE(there[i].device() == kDevice);
      CHECK(there[i].cpu().equal(here[i]));
    }
    CHECK(here[3].equal(torch::arange(12, torch::kFloat).view({3, 4}) * 1.5));
  }
}

TEST_CASE("processes that share a batch on another device leave what they leave on the CPU", "[borrowed][slow]") {
  take_plain_attention();
  const TempFolder temp;
  const fs::path recipe = whole_run::write_recipe(temp.path());
  for (const bool there : {false, true}) {
    thread_processes::run(2, [&](flashmotion::Processes& p) {
      RunOptions how = options(temp / (there ? "there" : "here"), there ? kDevice : c10::Device(c10::kCPU));
      how.processes = &p;
      whole_run::run(recipe, {"validation.every=0"}, how);
    });
  }
  check_alike(temp / "here", temp / "there");
}

}  // namespace borrowed_runs_test
