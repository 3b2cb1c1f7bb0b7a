#include "flashmotion/version.hpp"

#include "flashmotion/cli/command.hpp"
#include "flashmotion/core/regime.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/cpu/Utils.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dlfcn.h>
#include <string>

namespace flashmotion::cli {

void print_version() {
  const bool driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) != nullptr;
  fmt::print("flashmotion {} ({}, {})\n", kVersion, kBuildType, kCompiler);
  fmt::print("LibTorch {}, {} threads by default, vector instructions {}\n", kTorchVersion, at::get_num_threads(),
             at::get_cpu_capability());
  fmt::print("devices: cpu; CUDA {}\n",
             driver ? "driver found, not used by this version" : "not used by this version, no driver found");
  fmt::print("numeric regimes of a generator: {} (default {})\n", fmt::join(enum_words<Regime>(), ", "),
             to_string(Regime::fp32));
  fmt::print("training in float32; attention: scaled dot product of LibTorch, flash kernel on the CPU {}\n",
             at::globalContext().userEnabledFlashSDP() ? "on" : "off");
}

}  // namespace flashmotion::cli
