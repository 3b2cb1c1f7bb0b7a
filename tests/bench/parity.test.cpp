#include "flashmotion/bench/parity/parity.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/bench/parity/fixture.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_fixtures.hpp"
#include "tests/support/tiny_fixture.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string>

namespace parity_test {

using flashmotion::parity::FolderResult;
using flashmotion::parity::run_folder;

// What running the folder says when it cannot be run.
std::string refusal(const std::filesystem::path& folder) {
  try {
    static_cast<void>(run_folder(folder));
  } catch (const flashmotion::InputError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

// Runs every fixture of a folder; how many there were.
std::size_t run_all(const std::filesystem::path& root) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (!std::filesystem::exists(entry.path() / "fixture.json")) continue;
    ++count;
    const FolderResult result = run_folder(entry.path());
    CHECK_FALSE(result.tensors.empty());
    for (const auto& tensor : result.tensors) {
      INFO(result.component << ": " << tensor.name << " " << tensor.absolute << " " << tensor.problem);
      CHECK(tensor.passed);
    }
  }
  return count;
}

TEST_CASE("the library computes what the public reference computes", "[bench][golden]") {
  const auto root = test_fixtures("");
  if (!root) FLASHMOTION_SKIP("the numeric fixtures are not there");
  CHECK(run_all(*root) >= 13);
}

TEST_CASE("the library computes what the fixtures of the repository hold", "[bench][golden]") {
  CHECK(run_all(std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "tests/fixtures") >= 7);
}

TEST_CASE("a fixture whose numbers are met passes", "[bench][unit]") {
  const TempFolder temp;
  tiny_fixture::write(temp.path());
  const FolderResult result = run_folder(temp.path());
  CHECK(result.component == "schedulers");
  CHECK(result.passed());
  REQUIRE(result.tensors.size() == 3);
  for (const auto& tensor : result.tensors) CHECK(tensor.absolute <= 1e-6);
}

TEST_CASE("one number that differs fails its tensor and is measured", "[bench][unit]") {
  const TempFolder temp;
  tiny_fixture::write(temp.path(), 0.5);
  const FolderResult result = run_folder(temp.path());
  CHECK_FALSE(result.passed());
  for (const auto& tensor : result.tensors) {
    CHECK(tensor.passed == (tensor.name != "one.samples"));
    if (tensor.passed) continue;
    CHECK(tensor.absolute == Approx(0.5));
    CHECK(tensor.relative == Approx(0.5 / (2 - std::tanh(1.7) + 0.5)));
  }
  const std::array results{result};
  const std::string text = flashmotion::parity::results_text(results);
  CHECK_THAT(text, Catch::Contains("FAIL  one.samples"));
  CHECK_THAT(text, Catch::EndsWith("folders: 1, tensors: 3, passed: 2, failed: 1\n"));
  const auto json = nlohmann::json::parse(flashmotion::parity::results_json(results));
  CHECK(json.at("passed") == false);
  CHECK(json.at("folders").at(0).at("tensors").size() == 3);
}

TEST_CASE("an expected tensor that nothing computes fails", "[bench][unit]") {
  const TempFolder temp;
  tiny_fixture::write(temp.path());
  flashmotion::write_safetensors(temp / "expected.safetensors",
                                 {{"one.sigmas", torch::tensor({1.0F})}, {"two.sigmas", torch::tensor({1.0F})}});
  const FolderResult result = run_folder(temp.path());
  REQUIRE(result.tensors.size() == 2);
  CHECK(result.tensors[0].problem == "has shape [2], expected [1]");
  CHECK(result.tensors[1].problem == "is not computed by the library");
  CHECK_FALSE(result.passed());
}

TEST_CASE("a number that is not finite does not pass", "[bench][unit]") {
  const TempFolder temp;
  tiny_fixture::write(temp.path());
  flashmotion::write_safetensors(temp / "inputs.safetensors", {{"sample", torch::tensor({NAN, 0.0F, 2.0F})}});
  CHECK_FALSE(run_folder(temp.path()).passed());
}

TEST_CASE("bad folders are refused with what is wrong", "[bench][message]") {
  const TempFolder temp;
  const std::string name = temp.path().string();
  CHECK(refusal(temp / "none") == "there is no folder '" + name + "/none'");
  CHECK(refusal(temp.path()) == "'" + name + "' is no fixture: it has no fixture.json");
  tiny_fixture::describe(temp.path());
  CHECK(refusal(temp.path()) == "'" + name + "' has no expected.safetensors");
  tiny_fixture::write(temp.path());
  std::filesystem::remove(temp / "inputs.safetensors");
  CHECK(refusal(temp.path()) == "'" + name + "' has no inputs.safetensors");
  std::filesystem::resize_file(temp / "expected.safetensors", 20);
  CHECK_THAT(refusal(temp.path()), Catch::Contains("expected.safetensors"));
  tiny_fixture::write(temp.path());

  tiny_fixture::describe(temp.path(), "{");
  CHECK_THAT(refusal(temp.path()), Catch::Contains("fixture.json' is damaged"));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = tiny_fixture::kDescription;
    text.replace(text.find(from), from.size(), to);
    tiny_fixture::describe(temp.path(), text);
    return refusal(temp.path());
  };
  CHECK_THAT(changed("\"schedulers\"", "\"scheduler\""),
             Catch::Contains("of the component 'scheduler', which is unknown; did you mean 'schedulers'?"));
  CHECK_THAT(changed("\"steps\": 1", "\"stops\": 1"), Catch::Contains("fixture.json' is damaged"));
  CHECK_THAT(changed("FlowMatchEuler", "FlowMatchHeun"), Catch::Contains("the trace 'one' uses a FlowMatchHeun"));
}

}  // namespace parity_test
