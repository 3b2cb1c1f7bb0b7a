#include "flashmotion/processes/join.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// Processes that meet over TCP, here as threads. Real ones are in tests/cli/run_together.test.cpp.

namespace join_test {

using flashmotion::join;
using flashmotion::JoinOptions;
using flashmotion::Launch;
using flashmotion::Processes;
using flashmotion::StopFlag;

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

Launch launch(std::int64_t rank, std::int64_t size, std::uint16_t port) {
  return {rank, size, rank, "127.0.0.1", port, "torchrun", false, "0"};
}
JoinOptions quick() {
  using std::chrono::milliseconds;
  return {milliseconds(20000), milliseconds(100), milliseconds(10000), milliseconds(20000)};
}

/// What each process threw, or nothing.
std::vector<std::string> run(std::int64_t size, const std::function<void(Processes&, StopFlag&, const StopFlag&)>& work,
                             const JoinOptions& options = quick()) {
  const std::uint16_t port = free_port();
  std::vector<std::string> problems(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (std::int64_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      StopFlag own, stop;
      try {
        const auto processes = join(launch(rank, size, port), own, stop, options);
        try {
          work(*processes, own, stop);
          processes->leave();
        } catch (const std::exception& problem) {
          processes->fail(problem.what(), false);
          throw;
        }
      } catch (const std::exception& problem) {
        problems[static_cast<std::size_t>(rank)] = problem.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return problems;
}

void expect(bool condition, const char* what) {
  if (!condition) throw flashmotion::Error(what);
}

TEST_CASE("processes add, compare, give out and tell", "[processes][unit]") {
  if (!flashmotion::can_join()) FLASHMOTION_SKIP("built without Gloo's headers");
  const auto problems = run(3, [](Processes& p, StopFlag&, const StopFlag&) {
    const auto rank = static_cast<double>(p.rank());
    const at::Tensor sum = torch::full({1000}, 1.0 + rank), most = torch::full({2}, p.rank(), torch::kLong);
    p.sum_(sum);
    p.max_(most);
    expect(sum.equal(torch::full({1000}, 6.0)), "sum");
    expect(most.equal(torch::full({2}, 2, torch::kLong)), "largest");
    const at::Tensor bytes = torch::full({5}, p.rank() + 7, torch::kByte),
                     wide = torch::full({1}, rank, torch::kDouble);
    p.broadcast_(bytes);
    p.sum_(wide);
    expect(bytes.equal(torch::full({5}, 7, torch::kByte)), "given out");
    expect(wide.item<double>() == 3.0, "float64");
    expect(p.gather(std::to_string(p.rank())) == std::vector<std::string>{"0", "1", "2"}, "gathered");
    expect(p.tell("from " + std::to_string(p.rank())) == "from 0", "told");
    expect(p.tell(p.first() ? std::string("a\0b", 3) : "") == std::string("a\0b", 3), "told bytes");
  });
  CHECK(problems == std::vector<std::string>(3));
}

TEST_CASE("a process that fails has the others end with its reason", "[processes][message]") {
  if (!flashmotion::can_join()) FLASHMOTION_SKIP("built without Gloo's headers");
  for (const std::int64_t failing : {0, 1}) {
    const auto problems = run(2, [&](Processes& p, StopFlag&, const StopFlag&) {
      if (p.rank() == failing) throw flashmotion::Error("no room");
      const at::Tensor values = torch::zeros({4});
      p.sum_(values);
    });
    INFO(problems[0]);
    INFO(problems[1]);
    CHECK(problems[static_cast<std::size_t>(failing)] == "no room");
    CHECK_THAT(problems[static_cast<std::size_t>(1 - failing)],
               Catch::StartsWith("process " + std::to_string(failing) +
                                 " of 2 ended with an error: no room; what was "
                                 "saved is kept"));
  }
}

TEST_CASE("a stop that one process is asked for reaches all", "[processes][unit]") {
  if (!flashmotion::can_join()) FLASHMOTION_SKIP("built without Gloo's headers");
  const auto problems = run(2, [](Processes& p, StopFlag& own, const StopFlag& stop) {
    if (p.rank() == 1) own.request(SIGINT);
    std::int64_t rounds = 0;
    while (flashmotion::any_signal(p, stop.signal()) == 0) expect(++rounds < 100000000, "no stop came");
  });
  CHECK(problems == std::vector<std::string>(2));
}

TEST_CASE("processes that do not come are named", "[processes][message]") {
  if (!flashmotion::can_join()) FLASHMOTION_SKIP("built without Gloo's headers");
  StopFlag own, stop;
  JoinOptions options = quick();
  options.join = std::chrono::milliseconds(1000);
  const std::uint16_t port = free_port();
  CHECK_THROWS_WITH(join(launch(0, 3, port), own, stop, options),
                    "of 3 processes 1 came to 127.0.0.1:" + std::to_string(port) + " within 1 s; missing: 1, 2");
  CHECK_THROWS_WITH(join(launch(1, 2, port), own, stop, options),
                    Catch::StartsWith("process 1 of 2 could not reach the first process at 127.0.0.1:" +
                                      std::to_string(port) + " within 1 s (") &&
                        Catch::EndsWith("; look whether it runs, and at MASTER_ADDR and MASTER_PORT"));
}

TEST_CASE("a port that is taken is an error that names it", "[processes][message]") {
  if (!flashmotion::can_join()) FLASHMOTION_SKIP("built without Gloo's headers");
  const int descriptor = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_any;
  socklen_t length = sizeof address;
  REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::listen(descriptor, 1) == 0);
  REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const std::uint16_t port = ntohs(address.sin6_port);
  StopFlag own, stop;
  CHECK_THROWS_WITH(join(launch(0, 2, port), own, stop, quick()),
                    Catch::StartsWith("the first process cannot listen on the port " + std::to_string(port) + " (") &&
                        Catch::EndsWith("; another program may have it: set MASTER_PORT to a free one"));
  ::close(descriptor);
}

}  // namespace join_test
