#include "flashmotion/train/run_device.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/host_name.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/processes/launch.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

namespace flashmotion {
namespace run_device_detail {

// The GPUs that the starter left to a process; all when it is not set.
constexpr const char* kVisible = "CUDA_VISIBLE_DEVICES";

}  // namespace run_device_detail

std::string device_of_process(std::string_view name, const Processes& processes, std::int64_t gpus, bool own) {
  if (processes.alone()) return std::string(name);
  if (name != "cuda" && (name != "auto" || gpus == 0)) return std::string(name);
  // A starter that gives each process one GPU calls them all by the number 0.
  return fmt::format("cuda:{}", own && gpus == 1 ? 0 : processes.local_rank());
}

c10::Device open_run_device(std::string_view name, const Processes& processes) {
  if (name == "cpu") return c10::kCPU;
  const bool own = process_environment()(run_device_detail::kVisible).has_value();
  return open_device(device_of_process(name, processes, gpu_count(), own));
}

void check_devices(Processes& processes, const c10::Device& device) {
  if (processes.alone()) return;
  const std::string visible = process_environment()(run_device_detail::kVisible).value_or("");
  const std::string place = device.is_cuda() ? fmt::format("{} on {} ({})", device.str(), host_name(), visible) : "";
  const std::vector<std::string> places = processes.gather(place);
  for (std::size_t one = 0; one < places.size(); ++one) {
    for (std::size_t other = one + 1; other < places.size(); ++other) {
      if (places[one].empty() || places[one] != places[other]) continue;
      throw InputError(fmt::format(
          "the processes {} and {} of {} both compute on {}; set run.device to \"cuda\", so that each takes "
          "the GPU of its place on its machine, and start them so that LOCAL_RANK is that place",
          one, other, processes.size(), places[one].substr(0, places[one].find(" ("))));
    }
  }
}

}  // namespace flashmotion
