#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/processes/launch.hpp"
#include "flashmotion/processes/processes.hpp"

#include <chrono>
#include <memory>

namespace flashmotion {

/// How processes find and watch one another.
struct JoinOptions {
  std::chrono::milliseconds join = std::chrono::minutes(5);       // until all are there
  std::chrono::milliseconds beat = std::chrono::seconds(1);       // between two signs of life
  std::chrono::milliseconds silence = std::chrono::seconds(40);   // after so long without one a process is lost
  std::chrono::milliseconds exchange = std::chrono::minutes(30);  // for one sum, the slowest process included
};

/// Whether this build can join processes: it was made with Gloo's headers.
[[nodiscard]] FLASHMOTION_EXPORT bool can_join();

/// Meets the other processes of a launch; returns when all are there. `own` is asked whether this process shall stop,
/// and `stop` is set when any process shall. Both outlive the result. Throws InputError when the meeting point cannot
/// be opened or reached, a process is missing, two have one rank, or builds differ.
[[nodiscard]] FLASHMOTION_EXPORT std::unique_ptr<Processes> join(const Launch& launch, const StopFlag& own,
                                                                 StopFlag& stop, const JoinOptions& options = {});

}  // namespace flashmotion
