#include "flashmotion/report/detail/markup.hpp"

#include "tests/support/catch.hpp"

#include <cmath>

namespace markup = flashmotion::report_detail;

TEST_CASE("text becomes HTML that shows it and is nothing more", "[report][unit]") {
  CHECK(markup::escape_html("a < b && \"c\" > 'd'") == "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  CHECK(markup::escape_html("Fréchet\n\tß") == "Fréchet\n\tß");
  CHECK(markup::escape_html(std::string("a\0b\xff\x1b", 5)) ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(markup::escape_cell("a|b\\c\n<d>") == "a\\|b\\\\c \\<d>");
}

TEST_CASE("base64 follows the examples of RFC 4648", "[report][unit]") {
  CHECK(markup::base64("") == "");
  CHECK(markup::base64("f") == "Zg==");
  CHECK(markup::base64("fo") == "Zm8=");
  CHECK(markup::base64("foo") == "Zm9v");
  CHECK(markup::base64("foobar") == "Zm9vYmFy");
  CHECK(markup::base64("\xff\xfe\xfd") == "//79");
  CHECK(markup::data_uri("image/png", "foo") == "data:image/png;base64,Zm9v");
}

TEST_CASE("figures and times are written for readers", "[report][unit]") {
  CHECK(markup::figure(-0.1234, 3) == "−0.123");
  CHECK(markup::figure(-0.0001, 3) == "0.000");
  CHECK(markup::figure(NAN, 3) == "–");
  CHECK(markup::signed_figure(0.5, 2) == "+0.50");
  CHECK(markup::signed_figure(0.001, 2) == "0.00");
  CHECK(markup::duration(7.25) == "7.2 s");
  CHECK(markup::duration(245.25) == "4 min 05 s");
  CHECK(markup::duration(3725) == "1 h 02 min");
}
