#include "tests/fuzz/mutator.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <string>

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

void run_changed(std::string_view name, int count) {
  const fuzz::Target* target = fuzz::find_target(name);
  REQUIRE(target != nullptr);
  fuzz::Mutator mutator(target->seeds(), 7);
  for (int i = 0; i < count; ++i) {
    const std::string input = mutator.next();
    try {
      target->run(input);
    } catch (const std::exception& problem) {
      std::string bytes;
      for (const unsigned char c : input) bytes += fmt::format("\\x{:02x}", c);
      FAIL("input " << i << ", " << bytes << ": " << problem.what());
    }
  }
}

TEST_CASE("safetensors files changed at random are read or refused", "[fuzz][unit][slow]") {
  run_changed("safetensors", 200'000);
}
TEST_CASE("pickles changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("pickle", 200'000); }
TEST_CASE("settings changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("config", 100'000); }
TEST_CASE("prompts changed at random are cleaned or refused", "[fuzz][unit][slow]") { run_changed("prompt", 100'000); }
TEST_CASE("prompts changed at random become tokens or are refused", "[fuzz][unit][slow]") {
  run_changed("tokenizer", 100'000);
}
TEST_CASE("recipes changed at random are read or refused", "[fuzz][unit][slow]") { run_changed("recipe", 100'000); }

}  // namespace fuzz_test
