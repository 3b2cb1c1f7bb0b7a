#include "flashmotion/base/log.hpp"

#include "flashmotion/base/progress.hpp"
#include "tests/support/catch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace log_test {

using flashmotion::Logger;
using flashmotion::LogLevel;
using flashmotion::ProgressBar;

TEST_CASE("lines below the level are not written", "[base][unit]") {
  std::vector<std::string> lines;
  const Logger log(LogLevel::warning, [&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  log.error("{} is {}", "a", 1);
  log.warning("b");
  log.info("c {}", 2);
  log.debug("d");
  CHECK(lines == std::vector<std::string>{"a is 1", "b"});
  CHECK(log.enabled(LogLevel::error));
  CHECK_FALSE(log.enabled(LogLevel::info));
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// What progress wrote for a loop of `total` steps of half a second.
std::string shown(bool terminal, bool quiet, std::int64_t total, std::int64_t done = 0) {
  static double now;
  now = 100.0;
  const std::unique_ptr<std::FILE, Close> out(std::tmpfile());
  {
    ProgressBar bar("adapter", total, {out.get(), quiet, terminal, [] { return now; }}, done);
    for (std::int64_t i = done; i < total; ++i) {
      now += 0.5;
      bar.advance(1, "loss 0.1");
    }
  }
  std::string text(static_cast<std::size_t>(std::ftell(out.get())), ' ');
  std::rewind(out.get());
  REQUIRE(std::fread(text.data(), 1, text.size(), out.get()) == text.size());
  return text;
}

TEST_CASE("without a terminal there is a line at every tenth", "[base][message]") {
  const std::string text = shown(false, false, 200);
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.find("adapter: 10 % (20/200), 2.0/s, ETA 1:30, loss 0.1\n") == 0);
  CHECK(text.find("adapter: 100 % (200/200), done in 1:40, loss 0.1\n") != std::string::npos);
  CHECK(shown(false, false, 3) ==
        "adapter: 33 % (1/3), 2.0/s, ETA 0:01, loss 0.1\nadapter: 66 % (2/3), 2.0/s, ETA 0:01, loss 0.1\n"
        "adapter: 100 % (3/3), done in 0:02, loss 0.1\n");
}

TEST_CASE("on a terminal one line is drawn anew", "[base][message]") {
  CHECK(shown(true, false, 2) ==
        "\radapter [############............]  50 % 1/2 2.0/s, ETA 0:01 | loss 0.1\x1b[K"
        "\radapter [########################] 100 % 2/2 done in 0:01 | loss 0.1\x1b[K\n");
}

TEST_CASE("a resumed run counts on, and its rate is that of the steps done now", "[base][message]") {
  CHECK(shown(false, false, 200, 170) ==
        "adapter: 90 % (180/200), 2.0/s, ETA 0:10, loss 0.1\nadapter: 100 % (200/200), done in 0:15, loss 0.1\n");
}

TEST_CASE("quiet progress writes nothing", "[base][unit]") {
  CHECK(shown(true, true, 5).empty());
  CHECK(shown(false, true, 5).empty());
}

TEST_CASE("times are written as on a clock", "[base][unit]") {
  CHECK(flashmotion::clock_text(47.2) == "0:47");
  CHECK(flashmotion::clock_text(3723) == "1:02:03");
  CHECK(flashmotion::clock_text(-1) == "0:00");
}

}  // namespace log_test
