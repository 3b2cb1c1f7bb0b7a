#include "flashmotion/core/device.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <dlfcn.h>
#include <unistd.h>
#include <optional>
#include <vector>

namespace flashmotion {
namespace {

std::string find_cuda_problem() {
  if (::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) == nullptr) return "no NVIDIA driver was found (libcuda.so.1)";
  // Its start registers the device with the CPU side; its symbols are looked up by what it loads in turn.
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    return fmt::format("LibTorch's CUDA side does not start ({}); 'scripts/bootstrap --cuda' fetches what it needs",
                       ::dlerror());
  }
  if (!at::hasCUDA()) return "the driver finds no GPU that this LibTorch can use";
  at::globalContext().setAllowTF32CuDNN(false);  // float32 means float32, in convolutions too
  return {};
}

// The number of `cuda` or `cuda:NUMBER`; none for another name.
std::optional<std::int64_t> gpu_number(std::string_view name) {
  if (name == "cuda") return 0;
  if (!name.starts_with("cuda:") || name.size() == 5 || name.size() > 7) return std::nullopt;
  std::int64_t index = 0;
  for (const char digit : name.substr(5)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    index = index * 10 + (digit - '0');
  }
  return index;
}

}  // namespace

const std::string& cuda_problem() {
  static const std::string problem = find_cuda_problem();
  return problem;
}

c10::Device open_device(std::string_view name) {
  if (name == "cpu") return c10::kCPU;
  if (name == "auto") return cuda_problem().empty() ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
  const std::optional<std::int64_t> index = gpu_number(name);
  if (!index) throw InputError(fmt::format("no device named '{}'; there are auto, cpu, cuda and cuda:NUMBER", name));
  if (!cuda_problem().empty())
    throw InputError(fmt::format("the device '{}' cannot be used: {}; or take the device cpu", name, cuda_problem()));
  if (*index >= gpu_count())
    throw InputError(
        fmt::format("there is no device '{}'; the GPUs here are cuda:0 to cuda:{}", name, gpu_count() - 1));
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(*index)};
}

bool is_device_name(std::string_view name) { return name == "auto" || name == "cpu" || gpu_number(name).has_value(); }

std::int64_t gpu_count() {
  if (!cuda_problem().empty()) return 0;
  return static_cast<unsigned char>(at::accelerator::deviceCount());  // never negative
}

std::string device_name(const c10::Device& device) {
  if (device.is_cpu()) return "cpu";
  // By the driver's own interface, which needs no header of the toolkit.
  char name[256] = "GPU";
  using GetName = int (*)(char*, int, int);
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) {
    if (auto* get = reinterpret_cast<GetName>(::dlsym(driver, "cuDeviceGetName")))
      get(name, sizeof(name), device.index());
  }
  return name;
}

void synchronise(const c10::Device& device) {
  if (!device.is_cpu()) at::accelerator::synchronizeDevice(device.index());
}

std::int64_t device_memory(const c10::Device& device) {
  if (device.is_cpu()) return std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGE_SIZE);
  return static_cast<std::int64_t>(at::accelerator::getMemoryInfo(device.index()).second);
}

void move_(const NamedTensors& tensors, const c10::Device& device) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& item : tensors)
    if (item.tensor.device() != device) item.tensor.set_data(item.tensor.to(device));
}

void use_attention(AttentionKernel kernel) {
  using at::SDPBackend;
  at::Context& context = at::globalContext();
  const bool any = kernel == AttentionKernel::automatic;
  context.setSDPUseCuDNN(any || kernel == AttentionKernel::cudnn);
  context.setSDPUseFlash(any || kernel == AttentionKernel::flash);
  context.setSDPUseMemEfficient(any || kernel == AttentionKernel::efficient);
  context.setSDPUseMath(any || kernel == AttentionKernel::math);
  std::vector<std::int64_t> order;
  for (const auto backend : {SDPBackend::cudnn_attention, SDPBackend::flash_attention, SDPBackend::efficient_attention,
                             SDPBackend::math, SDPBackend::overrideable})
    order.push_back(static_cast<std::int64_t>(backend));
  context.setSDPPriorityOrder(order);
}

}  // namespace flashmotion
