#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace flashmotion {

/// A process's place among those that were started together.
struct Launch {
  std::int64_t rank = 0;        // 0 is the first, which writes files and keeps the meeting point
  std::int64_t size = 1;        // processes
  std::int64_t local_rank = 0;  // on its machine
  std::string host;             // where all meet: the first process's machine
  std::uint16_t port = 0;
  std::string by;            // who started them: torchrun, mpirun, SLURM or PMI
  bool kept_for_us = false;  // the starter keeps the meeting point itself
  std::string attempt;       // which of the starter's attempts; tells its keys apart
};

/// A variable of the environment.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The variables of this process.
[[nodiscard]] FLASHMOTION_EXPORT Environment process_environment();

/// The place that the variables of torchrun (RANK, WORLD_SIZE), Open MPI (OMPI_COMM_WORLD_*), SLURM (in a step of
/// srun) or PMI give, in this order; none when a process was started alone. The meeting point is MASTER_ADDR and
/// MASTER_PORT; without them it comes from SLURM's list of nodes, or is this machine where all processes are on it.
/// Throws InputError that names the variable.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Launch> launch_of(const Environment& environment);

/// The first name of a list as SLURM writes it: `node[07-09,12],login` begins with `node07`.
[[nodiscard]] FLASHMOTION_EXPORT std::string first_node(const std::string& list);

}  // namespace flashmotion
