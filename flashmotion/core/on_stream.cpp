#include "flashmotion/core/on_stream.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/DeviceAccelerator.h>
#include <c10/core/DeviceGuard.h>
#include <fmt/format.h>

namespace flashmotion {

void on_current_stream(const c10::Device& device, const std::function<int(void* stream)>& launch) {
  const c10::DeviceGuard guard(device);
  const int problem = launch(at::accelerator::getCurrentStream(device.index()).native_handle());
  if (problem != 0) throw Error(fmt::format("a kernel on {} failed with the CUDA error {}", device.str(), problem));
}

}  // namespace flashmotion
