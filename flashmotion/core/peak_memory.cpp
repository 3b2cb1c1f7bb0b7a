#include "flashmotion/core/peak_memory.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/DeviceAccelerator.h>

#include <fstream>
#include <string>

namespace flashmotion {

void forget_peak_memory(const c10::Device& device) {
  if (device.is_cpu()) {
    std::ofstream("/proc/self/clear_refs") << "5";
  } else {
    at::accelerator::resetPeakStats(device.index());
  }
}

std::int64_t peak_memory(const c10::Device& device) {
  if (!device.is_cpu()) return at::accelerator::getDeviceStats(device.index()).allocated_bytes[0].peak;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  throw Error("/proc/self/status cannot be read");
}

}  // namespace flashmotion
