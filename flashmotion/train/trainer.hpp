#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/train/run_folder.hpp"
#include "flashmotion/train/stage.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// How a stage is driven.
struct TrainOptions {
  std::string name;  // folder of the stage
  std::int64_t steps = 0;
  std::int64_t log_every = 10;
  std::int64_t save_every = 100;
};

/// What training a stage is done with, besides the stage.
struct TrainEnvironment {
  RunFolder& folder;
  const StopFlag& stop;
  ProgressOptions progress;
};

/// Runs a stage to its end and leaves `final.<role>.safetensors` for each role and `done.json`. Goes on from the saved
/// state when there is one. A stop request saves the state and throws Interrupted; a loss that is not finite throws
/// Error, and the last good state stays. Returns the seconds spent now and before.
FLASHMOTION_EXPORT double train_stage(IStage& stage, const TrainOptions& options, const TrainEnvironment& environment);

/// Seconds that a finished stage took.
[[nodiscard]] FLASHMOTION_EXPORT double stage_seconds(const RunFolder& folder, const std::string& stage);

}  // namespace flashmotion
