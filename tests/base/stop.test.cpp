#include "flashmotion/base/stop.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stop_test {

using flashmotion::Interrupted;
using flashmotion::StopFlag;
using flashmotion::StopOnSignals;

TEST_CASE("the first signal sets the flag and the loop ends by an exception", "[base][unit]") {
  StopFlag flag;
  flag.throw_if_stopped();
  {
    const StopOnSignals handlers(flag);
    ::raise(SIGTERM);
  }
  CHECK(flag.requested());
  CHECK(flag.signal() == SIGTERM);
  try {
    flag.throw_if_stopped();
    FAIL("nothing was thrown");
  } catch (const Interrupted& stopped) {
    CHECK(stopped.signal() == SIGTERM);
  }
}

TEST_CASE("earlier handlers come back", "[base][unit]") {
  struct sigaction before {};
  ::sigaction(SIGINT, nullptr, &before);
  {
    StopFlag flag;
    const StopOnSignals handlers(flag);
  }
  struct sigaction after {};
  ::sigaction(SIGINT, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
}

TEST_CASE("the second signal ends the process with 128 and its number", "[base][unit]") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    StopFlag flag;
    const StopOnSignals handlers(flag);
    ::raise(SIGINT);
    if (!flag.requested()) ::_exit(1);
    ::raise(SIGINT);
    ::_exit(2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
}

}  // namespace stop_test
