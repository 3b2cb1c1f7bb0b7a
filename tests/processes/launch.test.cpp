#include "flashmotion/processes/launch.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <map>

namespace launch_test {

using flashmotion::InputError;
using flashmotion::launch_of;
using Variables = std::map<std::string, std::string>;

flashmotion::Environment with(const Variables& variables) {
  return [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST_CASE("a process that was started alone has no launch", "[processes][unit]") {
  CHECK_FALSE(launch_of(with({})));
  CHECK_FALSE(launch_of(with({{"RANK", "0"}, {"WORLD_SIZE", "1"}})));
  // A batch script of SLURM is one process, whatever its tasks are.
  CHECK_FALSE(launch_of(with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_JOB_NODELIST", "a[1-4]"}})));
}

TEST_CASE("torchrun's variables are read", "[processes][unit]") {
  const auto launch = launch_of(with({{"RANK", "3"},
                                      {"WORLD_SIZE", "4"},
                                      {"LOCAL_RANK", "1"},
                                      {"MASTER_ADDR", "first"},
                                      {"MASTER_PORT", "1234"},
                                      {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                      {"TORCHELASTIC_RESTART_COUNT", "2"}}));
  REQUIRE(launch);
  CHECK(launch->rank == 3);
  CHECK(launch->size == 4);
  CHECK(launch->local_rank == 1);
  CHECK(launch->host == "first");
  CHECK(launch->port == 1234);
  CHECK(launch->by == "torchrun");
  CHECK(launch->kept_for_us);
  CHECK(launch->attempt == "2");
}

TEST_CASE("mpirun on one machine needs no meeting point, on several it does", "[processes][message]") {
  Variables mpi{{"OMPI_COMM_WORLD_RANK", "1"},
                {"OMPI_COMM_WORLD_SIZE", "2"},
                {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  const auto launch = launch_of(with(mpi));
  REQUIRE(launch);
  CHECK(launch->host == "127.0.0.1");
  CHECK(launch->port == 29500);
  mpi["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";
  CHECK_THROWS_WITH(launch_of(with(mpi)),
                    "MASTER_ADDR is not set, and mpirun started 2 processes; set it to the name of the first process's "
                    "machine (mpirun: -x MASTER_ADDR=NAME, or -genv MASTER_ADDR NAME)");
}

TEST_CASE("a step of SLURM meets at the first node of its list", "[processes][unit]") {
  const auto launch = launch_of(with({{"SLURM_PROCID", "5"},
                                      {"SLURM_NTASKS", "16"},
                                      {"SLURM_STEP_ID", "0"},
                                      {"SLURM_STEP_NUM_TASKS", "8"},
                                      {"SLURM_LOCALID", "1"},
                                      {"SLURM_JOB_ID", "40007"},
                                      {"SLURM_STEP_NODELIST", "gpu[07-09,12]"},
                                      {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.1"}}));
  REQUIRE(launch);
  CHECK(launch->rank == 5);
  CHECK(launch->size == 8);
  CHECK(launch->host == "gpu07");
  CHECK(launch->port == 20007);
  CHECK(flashmotion::first_node("a12,b[1-3]") == "a12");
  CHECK(flashmotion::first_node("n[3]") == "n3");
  CHECK(flashmotion::first_node("n[3,5-7]") == "n3");
  const auto other = launch_of(with({{"SLURM_PROCID", "0"},
                                     {"SLURM_NTASKS", "2"},
                                     {"SLURM_STEP_ID", "1"},
                                     {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.1"}}));
  REQUIRE(other);
  CHECK(other->host == "10.0.0.1");
}

TEST_CASE("PMI's variables are read", "[processes][unit]") {
  const auto launch = launch_of(with({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}, {"MASTER_ADDR", "m"}}));
  REQUIRE(launch);
  CHECK(launch->by == "PMI");
  CHECK(launch->host == "m");
}

TEST_CASE("variables that are wrong are named", "[processes][message]") {
  const auto rejects = [](const Variables& variables, const std::string& text) {
    CHECK_THROWS_AS(launch_of(with(variables)), InputError);
    CHECK_THROWS_WITH(launch_of(with(variables)), text);
  };
  const Variables good{{"MASTER_ADDR", "m"}, {"MASTER_PORT", "1"}};
  const auto and_good = [&](Variables more) {
    more.insert(good.begin(), good.end());
    return more;
  };
  rejects(and_good({{"RANK", "0"}, {"WORLD_SIZE", "two"}}),
          "WORLD_SIZE is 'two', which is no whole number; it is set by torchrun, mpirun or SLURM: unset it to run one "
          "process");
  rejects(and_good({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), "RANK is 2 and WORLD_SIZE is 2; ranks go from 0 to 1");
  rejects(and_good({{"WORLD_SIZE", "2"}}),
          "WORLD_SIZE is set and RANK is not; set both, or neither to run one process");
  rejects(
      {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "1"}},
      "MASTER_ADDR is not set, and torchrun started 2 processes; set it to the name of the first process's machine");
  rejects({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "m"}},
          "MASTER_PORT is not set, and torchrun started 2 processes; set it to the free port of the first process's "
          "machine");
  rejects({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "m"}, {"MASTER_PORT", "70000"}},
          "MASTER_PORT is 70000; it must be 1 to 65535");
  rejects(and_good({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}), "RANK is -1; it must be 0 to 100000");
}

}  // namespace launch_test
