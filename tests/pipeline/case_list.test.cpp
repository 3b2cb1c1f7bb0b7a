#include "flashmotion/pipeline/case_list.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

namespace case_list_test {

using Catch::Matchers::Contains;
using flashmotion::ClipCase;
using flashmotion::parse_cases;

std::vector<ClipCase> parse(const std::string& text) { return parse_cases(text, "c.csv", "in", "out", 5); }

TEST_CASE("a list of clips is read", "[pipeline][unit]") {
  const auto cases = parse("seed,id,image,prompt,trajectory\n3,a,a.png,\"one, two\",t.traj.json\n,b,,words,\n");
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].image == "in/a.png");
  CHECK(cases[0].prompt == "one, two");
  CHECK(cases[0].trajectory == "in/t.traj.json");
  CHECK(cases[0].seed == 3);
  CHECK(cases[0].out == "out/a.mp4");
  CHECK(cases[1].image.empty());
  CHECK(cases[1].trajectory.empty());
  CHECK(cases[1].seed == 5);
  CHECK(parse("id,image,prompt,trajectory\nx.y,,p,\n")[0].out == "out/x.y.mp4");
}

TEST_CASE("mistakes in a list are told with their line", "[pipeline][message]") {
  const std::pair<const char*, const char*> table[] = {
      {"", "'c.csv' lists no clips"},
      {"id,image,prompt,trajectory\n", "'c.csv' lists no clips"},
      {"id,image,prompt\na,b,c\n", "c.csv:1: the column 'trajectory' is missing"},
      {"id,image,promt,trajectory\na,b,c,d\n", "c.csv:1: no column named 'promt'; did you mean 'prompt'?"},
      {"id,id,image,prompt,trajectory\na,b,c,d,e\n", "c.csv:1: the column 'id' stands twice"},
      {"id,image,prompt,trajectory\na,b,c\n", "c.csv:2: 3 fields, where the first line has 4"},
      {"id,image,prompt,trajectory\n../a,b,c,d\n", "c.csv:2: '../a' cannot be a file's name"},
      {"id,image,prompt,trajectory\n,b,c,d\n", "c.csv:2: '' cannot be a file's name"},
      {"id,image,prompt,trajectory\na,b,c,d\na,b,c,d\n", "c.csv:3: the id 'a' stands twice"},
      {"id,image,prompt,trajectory,seed\na,b,c,d,-1\n", "c.csv:2: the seed '-1' is no whole number"},
  };
  for (const auto& [text, message] : table) CHECK_THROWS_WITH(parse(text), Contains(message));
}

}  // namespace case_list_test
