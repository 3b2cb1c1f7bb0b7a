#include "tests/fuzz/mutator.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>

// Readers against many wrong inputs, the same ones each time. `scripts/fuzz` searches further.
namespace fuzz_test {

TEST_CASE("what the search starts from breaks no reader", "[fuzz][unit]") {
  for (const fuzz::Target& target : fuzz::targets()) {
    INFO(target.name);
    CHECK(fuzz::find_target(target.name) == &target);
    for (const std::string& seed : target.seeds()) CHECK_NOTHROW(target.run(seed));
  }
  CHECK(fuzz::find_target("nothing") == nullptr);
}

// Ten seconds of changed inputs, the same ones each time; a faster machine gets further.
void run_changed(std::string_view name) {
  const fuzz::Target* target = fuzz::find_target(name);
  REQUIRE(target != nullptr);
  fuzz::Mutator mutator(target->seeds(), 7);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  int i = 0;
  for (; std::chrono::steady_clock::now() < end; ++i) {
    const std::string input = mutator.next();
    try {
      target->run(input);
    } catch (const std::exception& problem) {
      std::string bytes;
      for (const unsigned char c : input) bytes += fmt::format("\\x{:02x}", c);
      FAIL("input " << i << ", " << bytes << ": " << problem.what());
    }
  }
  CHECK(i > 1000);
}

TEST_CASE("safetensors files changed at random are read or refused", "[fuzz][unit][slow]") {
  run_changed("safetensors");
}
TEST_CASE("pickles changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("pickle"); }
TEST_CASE("settings changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("config"); }
TEST_CASE("prompts changed at random are cleaned or refused", "[fuzz][unit][slow]") { run_changed("prompt"); }
TEST_CASE("prompts changed at random become tokens or are refused", "[fuzz][unit][slow]") { run_changed("tokenizer"); }
TEST_CASE("recipes changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("recipe"); }
TEST_CASE("trajectories changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("trajectory"); }
TEST_CASE("MOT files changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("mot"); }
TEST_CASE("Tora's paths changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("tora"); }
TEST_CASE("NumPy files changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("npy"); }
TEST_CASE("ATI's tracks changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("ati"); }
TEST_CASE("masklets changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("sav"); }
TEST_CASE("CSV files changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("csv"); }
TEST_CASE("trajectory videos changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("maps"); }
TEST_CASE("words for an object changed at random are understood or refused", "[fuzz][unit][slow]") {
  run_changed("words");
}
TEST_CASE("benchmarks changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("bench"); }
TEST_CASE("lines of a run changed at random are drawn or left out", "[fuzz][unit][slow]") { run_changed("lines"); }

}  // namespace fuzz_test
