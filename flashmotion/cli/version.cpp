#include "flashmotion/version.hpp"

#include "flashmotion/cli/command.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/core/regime.hpp"
#include "flashmotion/nn/gpu_kernels.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/cpu/Utils.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

namespace flashmotion::cli {

void print_version() {
  fmt::print("flashmotion {} ({}, {})\n", kVersion, kBuildType, kCompiler);
  fmt::print("LibTorch {}, {} threads by default, vector instructions {}\n", kTorchVersion, at::get_num_threads(),
             at::get_cpu_capability());
  fmt::print(
      "devices: cpu; {}\n",
      cuda_problem().empty()
          ? fmt::format("cuda:0 {}, used by 'bench' and 'plugins check', {}", device_name(c10::Device(c10::kCUDA, 0)),
                        nn::gpu::have_kernels() ? "with our own kernels" : "without our own kernels")
          : "no GPU: " + cuda_problem());
  fmt::print("numeric regimes of a generator: {} (default {})\n", fmt::join(enum_words<Regime>(), ", "),
             to_string(Regime::fp32));
  fmt::print("training in float32; attention: scaled dot product of LibTorch, flash kernel on the CPU {}\n",
             at::globalContext().userEnabledFlashSDP() ? "on" : "off");
}

}  // namespace flashmotion::cli
