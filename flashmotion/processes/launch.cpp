#include "flashmotion/processes/launch.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace flashmotion {
namespace launch_detail {

constexpr std::uint16_t kUsualPort = 29500;  // torchrun's
constexpr std::int64_t kMostProcesses = 100000;

/// Where a starter writes what.
struct Starter {
  const char* name;
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;  // processes on this machine; null: not said
};

constexpr std::array kStarters{
    Starter{"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    Starter{"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
            "OMPI_COMM_WORLD_LOCAL_SIZE"},
    Starter{"SLURM", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", nullptr},
    Starter{"PMI", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
};

std::int64_t number(const char* name, const std::string& text, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || rest != end) {
    throw InputError(
        fmt::format("{} is '{}', which is no whole number; it is set by torchrun, mpirun or SLURM: unset "
                    "it to run one process",
                    name, text));
  }
  if (value < low || value > high)
    throw InputError(fmt::format("{} is {}; it must be {} to {}", name, value, low, high));
  return value;
}

std::int64_t number_or(const Environment& environment, const char* name, std::int64_t otherwise) {
  const auto text = name == nullptr ? std::nullopt : environment(name);
  return text ? number(name, *text, 0, kMostProcesses) : otherwise;
}

std::uint16_t port_of(const Environment& environment, std::uint16_t otherwise) {
  const auto text = environment("MASTER_PORT");
  if (!text) return otherwise;
  return static_cast<std::uint16_t>(number("MASTER_PORT", *text, 1, std::numeric_limits<std::uint16_t>::max()));
}

// Jobs on the same machine have numbers of their own, and so ports of their own.
std::uint16_t slurm_port(const Environment& environment) {
  constexpr std::int64_t kFirst = 20000, kPorts = 20000;
  const auto job = environment("SLURM_JOB_ID");
  const std::int64_t id = job ? number("SLURM_JOB_ID", *job, 0, std::numeric_limits<std::int64_t>::max()) : 0;
  return static_cast<std::uint16_t>(kFirst + id % kPorts);
}

// A list of nodes names the machine of the first task; srun itself may run elsewhere.
std::string slurm_host(const Environment& environment) {
  for (const char* list : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST"}) {
    const auto nodes = environment(list);
    if (nodes && !first_node(*nodes).empty()) return first_node(*nodes);
  }
  return environment("SLURM_LAUNCH_NODE_IPADDR").value_or("");
}

void find_meeting_point(const Environment& environment, const Starter& starter, Launch& launch) {
  const bool slurm = std::string_view(starter.name) == "SLURM";
  const bool torchrun = std::string_view(starter.name) == "torchrun";
  launch.port = port_of(environment, slurm ? slurm_port(environment) : torchrun ? std::uint16_t{0} : kUsualPort);
  launch.host = environment("MASTER_ADDR").value_or(slurm ? slurm_host(environment) : "");
  const bool one_machine = number_or(environment, starter.local_size, 0) == launch.size;
  if (launch.host.empty() && one_machine && !torchrun) launch.host = "127.0.0.1";
  if (launch.host.empty() || launch.port == 0) {
    throw InputError(
        fmt::format("{} is not set, and {} started {} processes; set it to the {} of the first process's machine{}",
                    launch.host.empty() ? "MASTER_ADDR" : "MASTER_PORT", starter.name, launch.size,
                    launch.host.empty() ? "name" : "free port",
                    torchrun ? "" : " (mpirun: -x MASTER_ADDR=NAME, or -genv MASTER_ADDR NAME)"));
  }
}

}  // namespace launch_detail

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::string first_node(const std::string& list) {
  const std::string first = list.substr(0, list.find(','));
  const std::size_t open = first.find('[');
  if (open == std::string::npos) return first;
  return first.substr(0, open) + first.substr(open + 1, first.find_first_of("-]", open) - open - 1);
}

std::optional<Launch> launch_of(const Environment& environment) {
  using namespace launch_detail;
  for (const Starter& starter : kStarters) {
    const bool slurm = std::string_view(starter.name) == "SLURM";
    // A batch script has SLURM's numbers too, and is one process; only steps of srun have a step's number.
    if (slurm && !environment("SLURM_STEP_ID")) continue;
    auto size = environment(starter.size);
    if (slurm && environment("SLURM_STEP_NUM_TASKS")) size = environment("SLURM_STEP_NUM_TASKS");
    const auto rank = environment(starter.rank);
    if (!size && !rank) continue;
    if (!size || !rank) {
      throw InputError(fmt::format("{} is set and {} is not; set both, or neither to run one process",
                                   size ? starter.size : starter.rank, size ? starter.rank : starter.size));
    }
    Launch launch;
    launch.by = starter.name;
    launch.size = number(starter.size, *size, 1, kMostProcesses);
    launch.rank = number(starter.rank, *rank, 0, kMostProcesses);
    if (launch.rank >= launch.size) {
      throw InputError(fmt::format("{} is {} and {} is {}; ranks go from 0 to {}", starter.rank, launch.rank,
                                   starter.size, launch.size, launch.size - 1));
    }
    if (launch.size == 1) return std::nullopt;
    launch.local_rank = number_or(environment, starter.local_rank, launch.rank);
    find_meeting_point(environment, starter, launch);
    launch.kept_for_us = environment("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
    launch.attempt = environment("TORCHELASTIC_RESTART_COUNT").value_or("0");
    return launch;
  }
  return std::nullopt;
}

}  // namespace flashmotion
