#include "flashmotion/plugin/parameters.hpp"

#include "tests/support/catch.hpp"

#include <array>
#include <optional>
#include <string>

namespace parameters_test {

struct Inner {
  bool on = true;
  static void fields(auto& f, auto& c) { f("on", c.on, "whether it is on"); }
};

struct Outer {
  std::int64_t steps = 4;
  double rate = 0.5;
  std::string name;
  std::vector<std::int64_t> blocks{1, 2};
  std::array<double, 2> pair{0.0, 1.0};
  std::optional<double> limit;
  Inner inner;
  static void fields(auto& f, auto& c) {
    f("steps", c.steps, flashmotion::Range{1, 64}, "denoising steps");
    f("rate", c.rate, flashmotion::Above{0.0}, "step size");
    f("name", c.name, flashmotion::required, "what it is called");
    f("blocks", c.blocks, "where it acts");
    f("pair", c.pair, "two numbers");
    f("limit", c.limit, "upper bound");
    f("inner", c.inner, "a table");
  }
};

TEST_CASE("a config lists its keys with types, defaults, rules and texts", "[plugin][unit]") {
  const auto found = flashmotion::describe_config<Outer>();
  std::vector<std::string> lines;
  for (const auto& p : found)
    lines.push_back(p.key + " | " + p.type + " | " + p.preset + " | " + p.rules + " | " + p.doc);
  CHECK(lines == std::vector<std::string>{
                     "steps | integer | 4 | between 1 and 64 | denoising steps",
                     "rate | number | 0.5 | above 0 | step size",
                     "name | string |  | required | what it is called",
                     "blocks | list of integer | [1, 2] |  | where it acts",
                     "pair | list of 2 number | [0.0, 1.0] |  | two numbers",
                     "limit | number, may be left out |  |  | upper bound",
                     "inner.on | boolean | true |  | whether it is on",
                 });
}

}  // namespace parameters_test
