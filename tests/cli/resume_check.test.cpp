#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>

// Whether stopped and resumed training comes to the same weights.

namespace resume_check_test {

using program::Outcome;

TEST_CASE("resume-check finds equal weights where nothing is kept", "[cli][slow]") {
  const TempFolder temp;
  const Outcome good = program::run({"resume-check", program::recipe("toy/smoke.toml"), "--stops", "2"}, temp.path());
  INFO(good.err);
  INFO(good.out);
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Catch::Contains("fast_generator                             fake_score     equal\n"));
  CHECK_THAT(good.out, Catch::Contains("equal to the last byte after 13 processes\n"));
}

TEST_CASE("resume-check catches a plugin that keeps a state", "[cli][slow]") {
  const TempFolder temp;
  const Outcome bad = program::run({"resume-check", program::recipe("toy/smoke.toml"), "--out", "both", "--plugin",
                                    FLASHMOTION_TEST_BINARY_DIR "/tests/plugins/fixture_stateful.so", "--set",
                                    "stage.slow_adapter.objective.flow.use=counting"},
                                   temp.path());
  INFO(bad.err);
  INFO(bad.out);
  CHECK(bad.code == 1);
  CHECK_THAT(bad.out, Catch::Contains("pretrain                                   generator      equal\n"));
  CHECK_THAT(bad.out, Catch::Contains("slow_adapter                               adapter        differs in "));
  CHECK_THAT(bad.out, Catch::Contains("metrics.jsonl differs first at {\"stage\": \"slow_adapter\", \"step\": 1}\n"));
  CHECK_THAT(bad.out, Catch::Contains("keeps a state that is not among its tensors"));
}

TEST_CASE("resume-check says what it cannot do", "[cli][message]") {
  const TempFolder temp;
  const Outcome none = program::run({"resume-check", program::recipe("toy/smoke.toml"), "--stops", "0"}, temp.path());
  CHECK(none.code == 2);
  CHECK(none.err == "--stops is at least 1, not 0\n");
  std::ofstream(temp / "file") << "";
  const Outcome full = program::run({"resume-check", program::recipe("toy/smoke.toml"), "--out", "."}, temp.path());
  CHECK(full.code == 2);
  CHECK(full.err == "'.' is not empty; choose another --out\n");
}

}  // namespace resume_check_test
