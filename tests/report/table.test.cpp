#include "flashmotion/report/table.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

namespace table_test {

// The line that begins with these cells, its blanks made single.
std::string line_of(const std::string& table, const std::string& begin) {
  std::string squeezed;
  for (const char c : table) {
    if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
  }
  const auto at = squeezed.find(begin);
  return at == std::string::npos ? std::string() : squeezed.substr(at, squeezed.find('\n', at) - at);
}

}  // namespace table_test

using flashmotion::results_table;
using table_test::line_of;

TEST_CASE("the table of one run has its figures and verdicts", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder.path(), {.media = false});
  const std::string table = results_table({folder.path().string()});
  CHECK(table.starts_with("### adapter injection: seed 0\n\n| variant "));
  CHECK(line_of(table, "| hybrid |") == "| hybrid | 0.748 | 0.708 | 0.758 | 1.25 | 13.00 | 0.83 | 0.031 | 4 | 0.048 |");
  CHECK(line_of(table, "| (real) |") == "| (real) | 0.806 | 0.766 | 0.816 | 1.25 | 2.47 | 1.00 | 0.031 | – | – |");
  CHECK(line_of(table, "| hybrid is better than naive |") ==
        "| hybrid is better than naive | Box IoU | shown +0.060 [+0.051, +0.069] |");
  CHECK(line_of(table, "| hybrid is no worse than gan_only |") ==
        "| hybrid is no worse than gan_only | Fréchet distance | reversed −3.10 [−4.50, −1.70] |");
  CHECK(table.find("±") == std::string::npos);
}

TEST_CASE("the table of several runs has means, ranges and a verdict a seed", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder / "a", {.media = false});
  sample_run::make(folder / "b", {.seed = 1, .extra_variant = "a|b<i>", .shift = 0.012, .media = false});
  sample_run::make(folder / "c", {.seed = 1, .shift = -0.003, .media = false});
  const std::string table = results_table({(folder / "a").string(), (folder / "b").string(), (folder / "c").string()});
  CHECK(table.starts_with("### adapter injection: seed 0, seed 1, seed 1 (c)\n"));
  // (0.748 + 0.760 + 0.745) / 3 and (0.760 - 0.745) / 2
  CHECK(line_of(table, "| hybrid | 0.751 ± 0.008 | 0.711 ± 0.008 |").ends_with("| 4 | 0.048 |"));
  CHECK(line_of(table, "| a\\|b\\<i> (1 of 3 runs) | 0.512 ± 0.000 |") != "");
  CHECK(line_of(table, "| expected |") == "| expected | metric | seed 0 | seed 1 | seed 1 (c) |");
}

TEST_CASE("runs of other adapters have tables of their own", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder / "a", {.media = false});
  sample_run::make(folder / "b", {.adapter = "controlnet", .media = false});
  const std::string table = results_table({(folder / "a").string(), (folder / "b").string()});
  CHECK(table.find("### adapter injection: seed 0\n") == 0);
  CHECK(table.find("\n\n### adapter controlnet: seed 0\n") != std::string::npos);
  CHECK(table.find("±") == std::string::npos);
}

TEST_CASE("a run without results is refused in words", "[report][message]") {
  const TempFolder folder;
  CHECK_THROWS_AS(results_table({folder.path().string()}), flashmotion::InputError);
  CHECK_THROWS_WITH(results_table({folder.path().string()}),
                    Catch::Contains("holds no results.json") && Catch::Contains("--resume"));
}
