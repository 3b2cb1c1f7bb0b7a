#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/processes/processes.hpp"
#include "flashmotion/train/health.hpp"
#include "flashmotion/train/run_folder.hpp"
#include "flashmotion/train/stage.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// How a stage is looked at on its way. A look changes nothing that the training depends on, and depends on the stage's
/// weights and the step only.
struct StageValidation {
  struct Look {
    std::vector<std::pair<std::string, double>> figures;  // finite, by their key in metrics.jsonl
    std::vector<Alarm> alarms;
    double loss = 0;  // less is better; the weights with the least are kept
  };
  std::int64_t every = 0;  // steps; one more look at the end
  std::string metric;      // figure that `loss` comes from
  /// After so many steps. Throws Interrupted when a stop is asked for.
  std::function<Look(IStage&, std::int64_t, const StopFlag&)> look;
};

/// How a stage is driven.
struct TrainOptions {
  std::string name;  // folder of the stage
  std::int64_t steps = 0;
  std::int64_t log_every = 10;
  std::int64_t save_every = 100;
  std::int64_t keep_last = 2;
  std::int64_t gradient_every = 0;
  bool skip_damaged = false;  // go on from the newest state that is whole, instead of an error
  std::int64_t stops = 0;     // end with Interrupted, evenly so many times on the way, as if a signal had come
  HealthConfig health{};
  std::vector<WatchedTerm> watched{};  // of the stage's terms
  std::optional<StageValidation> validation{};
};

/// What training a stage is done with, besides the stage.
struct TrainEnvironment {
  RunFolder& folder;
  const StopFlag& stop;
  ProgressOptions progress;
  const Logger* log = nullptr;
  Processes* processes = nullptr;  // that train together; null: one
};

/// Runs a stage to its end and leaves `final.<role>.safetensors` for each role and `done.json`; with a validation also
/// `best.<role>.safetensors` of the generator and the adapter, and `best.json`. Goes on from the saved state when there
/// is one. A stop request saves the state and throws Interrupted; an alarm whose policy is `stop` throws Error, and the
/// last good state stays. Returns the seconds spent now and before.
///
/// Of several processes the first one reads states and writes files; all have its weights from the start, and throw
/// Error when they differ later: before each state is saved they are compared.
FLASHMOTION_EXPORT double train_stage(IStage& stage, const TrainOptions& options, const TrainEnvironment& environment);

/// Seconds that a finished stage took.
[[nodiscard]] FLASHMOTION_EXPORT double stage_seconds(const RunFolder& folder, const std::string& stage);

}  // namespace flashmotion
