#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/processes/processes.hpp"
#include "flashmotion/train/recipe.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace flashmotion {

/// The device of a name (`run.device`) for one process of a run. Of several processes each takes the GPU of its place
/// on its machine: `cuda` is `cuda:LOCAL_RANK` there, and `auto` too where there are GPUs. Call it before anything is
/// computed. Throws InputError as `open_device` does.
[[nodiscard]] FLASHMOTION_EXPORT c10::Device open_run_device(std::string_view name, const Processes& processes);

/// The name that `open_device` is asked for. `gpus` are those that the process sees; `own` says that its starter gave
/// it those for itself (CUDA_VISIBLE_DEVICES).
[[nodiscard]] FLASHMOTION_EXPORT std::string device_of_process(std::string_view name, const Processes& processes,
                                                               std::int64_t gpus, bool own);

/// Throws InputError in all processes when two of them compute on one GPU.
FLASHMOTION_EXPORT void check_devices(Processes& processes, const c10::Device& device);

}  // namespace flashmotion
