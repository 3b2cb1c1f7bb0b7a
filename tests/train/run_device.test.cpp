#include "flashmotion/train/run_device.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "tests/support/gpu.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/thread_processes.hpp"
#include "tests/support/whole_run.hpp"

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

// Which device a run takes, and runs on a GPU. On a device that stands in for one, tests/borrowed has more.

namespace run_device_test {

namespace fs = std::filesystem;
using flashmotion::device_of_process;
using flashmotion::RunOptions;

/// One of several processes on a machine.
class Place final : public flashmotion::Processes {
 public:
  Place(std::int64_t size, std::int64_t local_rank) : Processes(local_rank, size, local_rank) {}
  void sum_(const at::Tensor&) override {}
  void max_(const at::Tensor&) override {}
  void broadcast_(const at::Tensor&) override {}
  [[nodiscard]] std::vector<std::string> gather(const std::string& text) override { return {text}; }
  [[nodiscard]] std::string tell(const std::string& text) override { return text; }
  void leave() noexcept override {}
  void fail(std::string_view, bool) noexcept override {}
};

TEST_CASE("of several processes each takes the GPU of its place", "[train][unit]") {
  const Place alone(1, 0), third(4, 2);
  CHECK(device_of_process("cuda", alone, 4, false) == "cuda");
  CHECK(device_of_process("auto", alone, 4, false) == "auto");
  CHECK(device_of_process("cuda", third, 4, false) == "cuda:2");
  CHECK(device_of_process("auto", third, 4, false) == "cuda:2");
  CHECK(device_of_process("auto", third, 0, false) == "auto");
  CHECK(device_of_process("cpu", third, 4, false) == "cpu");
  CHECK(device_of_process("cuda:1", third, 4, false) == "cuda:1");
  // A starter that gives each process a GPU of its own calls it number 0; without GPUs to share, there are too few.
  CHECK(device_of_process("cuda", third, 1, true) == "cuda:0");
  CHECK(device_of_process("cuda", third, 1, false) == "cuda:2");
}

TEST_CASE("two processes on one GPU are refused in both", "[train][message]") {
  std::atomic<int> refusals{0};
  thread_processes::run(2, [&](flashmotion::Processes& p) {
    flashmotion::check_devices(p, c10::kCPU);
    flashmotion::check_devices(p, c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(p.rank())));
    try {
      flashmotion::check_devices(p, c10::Device(c10::kCUDA, 1));
    } catch (const flashmotion::InputError& problem) {
      const std::string text = problem.what();
      if (text.starts_with("the processes 0 and 1 of 2 both compute on cuda:1 on ") &&
          text.ends_with(
              "; set run.device to \"cuda\", so that each takes the GPU of its place on its machine, and start "
              "them so that LOCAL_RANK is that place"))
        ++refusals;
    }
  });
  CHECK(refusals == 2);
}

TEST_CASE("a device that no device can be is a mistake in the recipe", "[train][message]") {
  const TempFolder temp;
  const fs::path recipe = whole_run::write_recipe(temp.path());
  CHECK_THROWS_WITH(whole_run::run(recipe, {"run.device=gpu"}, {}),
                    Catch::Contains("'device' must be cpu, cuda, cuda:NUMBER or auto"));
}

TEST_CASE("a GPU that is not there is told before a run begins", "[train][message]") {
  if (flashmotion::cuda_problem().empty()) return;
  const TempFolder temp;
  RunOptions options;
  options.out = (temp / "run").string();
  CHECK_THROWS_WITH(
      whole_run::run(whole_run::write_recipe(temp.path()), {"run.device=cuda"}, options),
      Catch::Contains("the device 'cuda' cannot be used: ") && Catch::Contains("; or take the device cpu"));
  CHECK_FALSE(fs::exists(temp / "run"));
}

RunOptions options(const fs::path& out, bool on_gpu) {
  RunOptions made;
  made.out = out.string();
  made.device = on_gpu ? flashmotion::open_device("cuda") : c10::Device(c10::kCPU);
  made.stages_only = true;
  return made;
}

TEST_CASE("all stages on a GPU come near to the CPU's losses, and a second time to their own", "[train][cuda][slow]") {
  if (!gpu_support::have_gpu()) return;
  const TempFolder temp;
  const fs::path recipe = whole_run::write_recipe(temp.path());
  whole_run::run(recipe, {}, options(temp / "cpu", false));
  whole_run::run(recipe, {}, options(temp / "gpu", true));
  whole_run::run(recipe, {}, options(temp / "again", true));
  const auto [far, where] = whole_run::largest_gap(temp / "cpu", temp / "gpu");
  INFO(where);
  CHECK(far < 1e-3);
  const auto [between, place] = whole_run::largest_gap(temp / "gpu", temp / "again");
  INFO(place);
  CHECK(between < 1e-3);
}

TEST_CASE("a run goes from a GPU to the CPU and back", "[train][cuda][slow]") {
  if (!gpu_support::have_gpu()) return;
  const TempFolder temp;
  const fs::path recipe = whole_run::write_recipe(temp.path());
  whole_run::run(recipe, {}, options(temp / "cpu", false));
  RunOptions how = options(temp / "mixed", true);
  how.stops = 1;
  bool over = false;
  for (int start = 0; !over && start < 20; ++start) {
    try {
      whole_run::run(recipe, {}, how);
      over = true;
    } catch (const flashmotion::Interrupted&) {
    }
    how = options(temp / "mixed", start % 2 == 1);
    how.stops = 1;
    how.resume = true;
  }
  CHECK(over);
  const auto [far, where] = whole_run::largest_gap(temp / "cpu", temp / "mixed");
  INFO(where);
  CHECK(far < 1e-3);
}

TEST_CASE("what is trained on a GPU is sampled and evaluated there", "[train][cuda][slow]") {
  if (!gpu_support::have_gpu()) return;
  const TempFolder temp;
  RunOptions how = options(temp / "gpu", true);
  how.stages_only = false;
  whole_run::run(whole_run::write_recipe(temp.path()), {}, how);
  CHECK(fs::exists(temp / "gpu/results.json"));
}

}  // namespace run_device_test
