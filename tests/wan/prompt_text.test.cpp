#include "flashmotion/wan/prompt_text.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_fixtures.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace prompt_text_test {

using flashmotion::wan::clean_prompt;
using flashmotion::wan::mend_text;

nlohmann::json fixture() {
  return nlohmann::json::parse(flashmotion::read_file((kept_fixture("prompt_cleaning") / "fixture.json").string()));
}

TEST_CASE("prompts are cleaned as the reference cleans them", "[wan][prompt_text][golden]") {
  const auto pairs = fixture().at("pairs").get<std::vector<std::pair<std::string, std::string>>>();
  REQUIRE(pairs.size() > 200);
  for (const auto& [text, want] : pairs) {
    INFO(text);
    CHECK(clean_prompt(text) == want);
  }
}

TEST_CASE("where cleaning differs from the reference, it does so as stated", "[wan][prompt_text][golden]") {
  const auto pairs = fixture();
  for (const auto& item : pairs.at("differs")) {
    INFO(item.dump());
    const auto have = clean_prompt(item.at("text").get<std::string>());
    CHECK(have == item.at("ours").get<std::string>());
    CHECK(have != item.at("reference").get<std::string>());
  }
}

TEST_CASE("a clean prompt stays as it is", "[wan][prompt_text][law]") {
  // Not so where something escaped is left, which the next cleaning takes for an escape.
  for (const auto& [text, want] : fixture().at("pairs").get<std::vector<std::pair<std::string, std::string>>>()) {
    if (want.find('&') != std::string::npos || want.find('\x1b') != std::string::npos) continue;
    const std::string once = mend_text(text);
    INFO(text);
    CHECK(mend_text(once) == once);
  }
}

TEST_CASE("references stay where the line may be markup", "[wan][prompt_text][unit]") {
  CHECK(mend_text("&eacute;\n<b>&eacute;</b>\n&eacute;") == "\xC3\xA9\n<b>&eacute;</b>\n&eacute;");
  CHECK(clean_prompt("<b>&eacute;</b>") == "<b>\xC3\xA9</b>");
}

TEST_CASE("bytes that are no text are refused before cleaning", "[wan][prompt_text][message]") {
  CHECK_THROWS_WITH(clean_prompt(std::string("a\0b", 3)), "The prompt holds a NUL byte at byte 1; remove it");
  CHECK_THROWS_WITH(clean_prompt("ab\xC0\x80"), "The prompt is not valid UTF-8 at byte 2 (0xc0); save it as UTF-8");
  CHECK_THROWS_AS(clean_prompt("\xED\xA0\x80"), flashmotion::InputError);
  CHECK_THROWS_AS(clean_prompt("cut \xE2\x82"), flashmotion::InputError);
}

TEST_CASE("very long prompts and deeply nested references end soon", "[wan][prompt_text][unit]") {
  CHECK(clean_prompt(std::string(100'000, 'a')).size() == 100'000);
  CHECK(clean_prompt(std::string(100'000, ' ')).empty());
  std::string nested = "&";
  for (int i = 0; i < 20'000; ++i) nested += "amp;";
  CHECK(clean_prompt(nested).size() < nested.size());
}

}  // namespace prompt_text_test
