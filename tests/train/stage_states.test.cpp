#include "flashmotion/train/stage_states.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/train/role.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace stage_states_test {

namespace fs = std::filesystem;
using flashmotion::NamedTensors;
using flashmotion::StageStates;
using Steps = std::vector<std::int64_t>;

NamedTensors state(double value) {
  return {{"a.weight", torch::full({2, 3}, value)}, {"counters", torch::full({3}, value, torch::kFloat64)}};
}
bool holds(const NamedTensors& tensors, double value) {
  return tensors[0].tensor.eq(value).all().item<bool>() && tensors[1].tensor.eq(value).all().item<bool>();
}
void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }
std::string flipped(std::string bytes, std::size_t at, char bit = 1) {
  bytes[at] = static_cast<char>(bytes[at] ^ bit);
  return bytes;
}

TEST_CASE("the last states stay, and the newest is read", "[train][unit]") {
  const TempFolder temp;
  const StageStates states(temp.path(), 2);
  const NamedTensors target = state(-1.0);
  CHECK_FALSE(states.restore(target, false).step);
  for (const std::int64_t step : {0, 5, 10, 100}) states.save(step, state(static_cast<double>(step)));
  CHECK(states.steps() == Steps{100, 10});
  CHECK(states.restore(target, false).step == 100);
  CHECK(holds(target, 100.0));
  // What else lies there is nobody's state.
  write(temp / "state.x.safetensors", "");
  write(temp / "state..safetensors", "");
  write(temp / "final.generator.safetensors", "");
  CHECK(states.steps() == Steps{100, 10});
  states.clear();
  CHECK(states.steps().empty());
  CHECK(fs::exists(temp / "final.generator.safetensors"));
}

TEST_CASE("every flipped bit of a state is found, and nothing is read from it", "[train][law]") {
  const TempFolder temp;
  const StageStates states(temp.path(), 2);
  states.save(3, state(3.0));
  const std::string whole = flashmotion::read_file(states.file(3).string());
  const NamedTensors target = state(-1.0);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    write(states.file(3), flipped(whole, i, static_cast<char>(1 << (i % 7))));
    INFO("byte " << i << " of " << whole.size());
    CHECK_THROWS_AS(states.restore(target, false), flashmotion::InputError);
  }
  CHECK(holds(target, -1.0));
  // Nor is a file that ends early taken for whole.
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, whole.size() / 2, whole.size() - 1}) {
    write(states.file(3), whole.substr(0, size));
    CHECK_THROWS_AS(states.restore(target, false), flashmotion::InputError);
  }
  write(states.file(3), whole);
  CHECK(states.restore(target, false).step == 3);
}

TEST_CASE("a damaged state is named, and the one before it offered", "[train][message]") {
  const TempFolder temp;
  const StageStates states(temp.path(), 2);
  states.save(10, state(10.0));
  states.save(20, state(20.0));
  const std::string whole = flashmotion::read_file(states.file(20).string());
  write(states.file(20), flipped(whole, whole.size() - 1));
  const NamedTensors target = state(-1.0);
  CHECK_THROWS_WITH(states.restore(target, false),
                    Catch::StartsWith("'" + states.file(20).string() + "' is damaged: its numbers have the SHA-256 ") &&
                        Catch::EndsWith("; the state before it, of step 10, is whole: --resume=previous goes on from "
                                        "there and comes to the same result"));
  CHECK(states.steps() == Steps{20, 10});
  const StageStates::Restored restored = states.restore(target, true);
  CHECK(restored.step == 10);
  CHECK(holds(target, 10.0));
  REQUIRE(restored.damaged.size() == 1);
  CHECK_THAT(restored.damaged[0], Catch::Contains("state.20.safetensors' is damaged"));
  CHECK(states.steps() == Steps{10});  // so that the next start does not meet it again

  write(states.file(10), "nothing");
  CHECK_THROWS_WITH(states.restore(target, false),
                    Catch::EndsWith("; no whole state is left, and --resume=previous begins the stage anew"));
  CHECK_FALSE(states.restore(target, true).step);
  CHECK(states.steps().empty());
}

}  // namespace stage_states_test
