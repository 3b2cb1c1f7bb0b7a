#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// The program links LibTorch's CPU side alone. Its CUDA side is loaded when a GPU is first asked for, so that one build
// serves machines with and without one.

namespace flashmotion {

/// Why no GPU can be used here; empty when one can. Loads LibTorch's CUDA side if there is a driver. Ask before
/// anything is computed: LibTorch remembers whether it has a GPU from the first time that it asks itself.
[[nodiscard]] FLASHMOTION_EXPORT const std::string& cuda_problem();

/// Whether this is a name that `open_device` knows: `auto`, `cpu`, `cuda` or `cuda:NUMBER`.
[[nodiscard]] FLASHMOTION_EXPORT bool is_device_name(std::string_view name);

/// `cpu`, `cuda`, `cuda:1`, or `auto`: a GPU where one can be used. Throws InputError, with the reason and a way out.
[[nodiscard]] FLASHMOTION_EXPORT c10::Device open_device(std::string_view name);

/// How many GPUs this process sees; 0 where none can be used.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t gpu_count();

/// Memory of a device in bytes: all of a GPU's, or of this machine.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t device_memory(const c10::Device& device);

/// `cpu`, or the GPU's name.
[[nodiscard]] FLASHMOTION_EXPORT std::string device_name(const c10::Device& device);

/// Waits until the device has done all that it was given.
FLASHMOTION_EXPORT void synchronise(const c10::Device& device);

/// Moves the numbers of tensors to a device; who holds the tensors sees it.
FLASHMOTION_EXPORT void move_(const NamedTensors& tensors, const c10::Device& device);

/// Who computes the scaled dot product of attention on a GPU.
enum class AttentionKernel {
  automatic,  // cuDNN, then flash, then memory-efficient: the first that takes the shape
  cudnn,
  flash,
  efficient,
  math,
};

template <>
struct EnumNames<AttentionKernel> {
  static constexpr std::array values{
      std::pair{AttentionKernel::automatic, std::string_view("auto")},
      std::pair{AttentionKernel::cudnn, std::string_view("cudnn")},
      std::pair{AttentionKernel::flash, std::string_view("flash")},
      std::pair{AttentionKernel::efficient, std::string_view("efficient")},
      std::pair{AttentionKernel::math, std::string_view("math")},
  };
};

/// For all attention that follows. A kernel that cannot take a shape is an error, not another kernel.
FLASHMOTION_EXPORT void use_attention(AttentionKernel kernel);

}  // namespace flashmotion
