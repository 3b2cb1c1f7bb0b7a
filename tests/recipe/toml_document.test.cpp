#include "flashmotion/recipe/toml_document.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/recipe/overrides.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "tests/recipe/sample.hpp"
#include "tests/support/catch.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>

namespace toml_document_test {

namespace fs = std::filesystem;
using flashmotion::NodeKind;
using flashmotion::RecipeError;
using flashmotion::TomlDocument;

std::string refusal(const std::string& text) {
  try {
    (void)TomlDocument::from_text(text, "r.toml");
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("keys keep the order of the file, with places in characters", "[recipe][unit]") {
  const auto document = TomlDocument::from_text("z = 'é'  \na = [1, 2.5]\n\"q k\" = true\n[t.u]\nx = -3\n", "r.toml");
  const auto& root = document.root();
  CHECK(root.keys() == std::vector<std::string>{"z", "a", "q k", "t"});
  CHECK(root.label().empty());
  CHECK(root.child("z")->string_value() == "é");
  CHECK(root.child("z")->region().length == 3);
  CHECK(root.key_location("q k").str() == "r.toml:3:1");
  CHECK(root.key_region("q k").length == 5);
  const auto& list = *root.child("a");
  REQUIRE(list.size() == 2);
  CHECK(list.element(0).integer_value() == 1);
  CHECK(list.element(0).floating_value() == 1.0);
  CHECK(list.element(1).kind() == NodeKind::floating);
  CHECK(list.element(1).location().str() == "r.toml:2:9");
  const auto& inner = *root.child("t")->child("u");
  CHECK(inner.label() == "[t.u]");
  CHECK(inner.child("x")->integer_value() == -3);
  CHECK(inner.child("y") == nullptr);
}

TEST_CASE("a parse error shows place, line and caret", "[recipe][message]") {
  const std::string text = refusal("[run]\nseed = = 3\n");
  INFO(text);
  CHECK(text.find("r.toml:2:8: error: not valid TOML: ") == 0);
  CHECK(text.find("    2 | seed = = 3\n      |        ^\n1 error, nothing was started") != std::string::npos);
  CHECK(refusal("a = 1\na = 2\n") ==
        "r.toml:2:5: error: not valid TOML: cannot redefine existing integer 'a' (in key-value pair)\n"
        "    2 | a = 2\n      |     ^\n1 error, nothing was started");
}

TEST_CASE("bytes that are no text, and nesting without end, are refused", "[recipe][message]") {
  CHECK(refusal("a = 'x'\nb = '\xff'\n") ==
        "r.toml:2:6: error: the file is not UTF-8 text\n1 error, nothing was started");
  const std::string deep = "nested too deeply";
  CHECK(refusal("a = " + std::string(100000, '[')).find(deep) != std::string::npos);
  std::string dots = "a";
  for (int i = 0; i < 100000; ++i) dots += ".a";
  CHECK(refusal(dots + " = 1").find(deep) != std::string::npos);
  CHECK(refusal("[" + dots + "]").find(deep) != std::string::npos);
  CHECK(refusal("a = \"" + dots + "\" # " + dots + "\nb = '''\n" + dots + "'''") == "accepted");
  CHECK(refusal(std::string(5u << 20, ' ')).find("more than the 4194304 bytes") != std::string::npos);
  std::string many = "a = [";
  for (int i = 0; i < 200000; ++i) many += "1,";
  CHECK(refusal(many + "]").find("a recipe may have 100000 values") != std::string::npos);
}

TEST_CASE("a file that cannot be read is one clear error", "[recipe][message]") {
  const fs::path folder = fs::temp_directory_path() / ("flashmotion_toml_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const std::string file = (folder / "r.toml").string();
  CHECK_THROWS_WITH(TomlDocument::from_file(file), "recipe '" + file + "' cannot be read: No such file or directory");
  CHECK_THROWS_WITH(TomlDocument::from_file(folder.string()), Catch::Contains("it is a folder"));
  flashmotion::write_file_atomically(file, std::string((4u << 20) + 1, '#'));
  CHECK_THROWS_AS(TomlDocument::from_file(file), RecipeError);
  flashmotion::write_file_atomically(file, "a = 1\n");
  CHECK(TomlDocument::from_file(file).root().child("a")->integer_value() == 1);
  fs::remove_all(folder);
}

TEST_CASE("windows line ends and a byte order mark change nothing", "[recipe][unit]") {
  const auto document = TomlDocument::from_text(
      "\xEF\xBB\xBF"
      "a = 1\r\nb = 2\r\n",
      "r.toml");
  CHECK(document.root().child("b")->location().str() == "r.toml:2:5");
}

TEST_CASE("damaged recipes never do more than fail to be read", "[recipe][unit]") {
  const std::string sample = R"([distil]
steps = 8
learning_rate = 1e-4 # é
[[stage]]
name = "hybrid"
size = [5, 16, 24]
objective = [{ name = "a", use = 'gan', weight = { use = "inverse" } }, { name = "b" }]
[[stage.objective2]]
when = 1979-05-27T07:32:00Z
text = """
many \
lines"""
[extra]
"a.b".c = [[0x1F, inf], ["\u00e9"]]
)";
  std::mt19937_64 random(20240607);
  const std::string alphabet = "[]{}=.,\"'#\n\r\t \\0e_-+aux\xc3\xa9\xff";
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(6);
  int accepted = 0;
  int runs = 0;
  for (; runs < 60000 && std::chrono::steady_clock::now() < end; ++runs) {
    std::string text = sample;
    for (std::uint64_t edits = 1 + random() % 6; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      const std::size_t length = random() % 24;
      switch (random() % 5) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 2:
          text.erase(at, length);
          break;
        case 3:
          text.insert(random() % text.size(), text.substr(at, length));
          break;
        default:
          text.insert(at, 1 + random() % 3, alphabet[random() % alphabet.size()]);
      }
      if (text.empty()) text = sample;
    }
    try {
      auto document = TomlDocument::from_text(text, "r.toml");
      flashmotion::Diagnostics diagnostics;
      diagnostics.add_source(document.file(), document.text());
      flashmotion::apply_overrides(document.root(), std::vector<std::string>{text.substr(0, 40)}, diagnostics);
      (void)flashmotion::read_config<recipe_sample::Recipe>(document.root(), diagnostics);
      (void)flashmotion::to_toml(document.root());
      ++accepted;
      diagnostics.throw_if_any();
    } catch (const RecipeError& error) {
      if (std::string(error.what()).find("nothing was started") == std::string::npos) FAIL(error.what());
    }
  }
  // Both outcomes are met often, so that the loop tests something.
  CHECK(accepted > runs / 100);
  CHECK(accepted < runs);
}

}  // namespace toml_document_test
