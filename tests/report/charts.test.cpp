#include "flashmotion/report/detail/charts.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>

namespace charts_test {

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace charts_test

using charts_test::occurrences;
using flashmotion::report_detail::axis_ticks;
using flashmotion::report_detail::interval_plot;
using flashmotion::report_detail::line_chart;
using flashmotion::report_detail::scatter_chart;
using flashmotion::report_detail::scatter_charts;
using flashmotion::report_detail::ScatterPoint;

TEST_CASE("ticks are round numbers within the axis", "[report][unit]") {
  CHECK(axis_ticks(0.0, 100.0, 5, false) == std::vector<double>{0, 20, 40, 60, 80, 100});
  CHECK(axis_ticks(0.02, 30.0, 4, true) == std::vector<double>{0.1, 1, 10});
  CHECK(axis_ticks(0.9, 60.0, 4, true) == std::vector<double>{1, 2, 5, 10, 20, 50});
  CHECK(axis_ticks(3.0, 3.0, 4, false) == std::vector<double>{3});
  for (const double tick : axis_ticks(-0.37, 0.91, 5, false)) CHECK((tick >= -0.37 && tick <= 0.91));
}

TEST_CASE("a curve is logarithmic when its range asks for it, and small however long", "[report][unit]") {
  std::vector<double> steps, values;
  for (int i = 0; i < 20000; ++i) {
    steps.push_back(i);
    values.push_back(1.0 + std::exp(-i / 900.0) + 0.01 * std::sin(i));
  }
  values[7777] = 5.0;
  const std::string chart = line_chart(steps, values, "a");
  CHECK(occurrences(chart, ">log<") == 0);
  CHECK(chart.size() < 15000);
  CHECK(chart.find(" 17.3L") != std::string::npos);  // the spike, just below the top of the frame
  for (double& v : values) v = std::exp(-v * 10);
  CHECK(occurrences(line_chart(steps, values, "a"), ">log<") == 1);
  values[0] = 0.0;
  CHECK(occurrences(line_chart(steps, values, "a"), ">log<") == 0);
  CHECK(line_chart({}, {}, "a").empty());
  CHECK(occurrences(line_chart(std::vector{3.0}, std::vector{1.0}, "a"), "<circle") == 1);
  CHECK(line_chart(steps, std::vector<double>(20000, 2.0), "flat").find("nan") == std::string::npos);
}

TEST_CASE("curves carry their numbers", "[report][unit]") {
  const std::vector<double> steps{0, 10, 20}, values{0.5, -1.25, 123456.0};
  const std::string few = line_chart(steps, values, "a");
  CHECK(occurrences(few, "data-name=\"value\" data-x=\"0 10 20\" data-y=\"0.5 -1.25 1.235e+05\"") == 1);
  CHECK(occurrences(few, "data-y=") == 1);
  std::vector<double> long_steps, long_values;
  for (int i = 0; i < 5000; ++i) {
    long_steps.push_back(1000 * i);
    long_values.push_back(i % 7);
  }
  const std::string chart = line_chart(long_steps, long_values, "a");
  CHECK(occurrences(chart, "data-name=\"value\"") == 1);
  CHECK(occurrences(chart, "data-name=\"mean\"") == 1);
  CHECK(occurrences(chart, "data-x=\"0 ") == 2);
  CHECK(occurrences(chart, "e+06") == 0);  // steps in full
  // As many points as numbers: each point of a path begins with M or L.
  for (const char* kind : {"class=\"raw\"", "class=\"mean\""}) {
    const auto at = chart.find(kind);
    const std::string path = chart.substr(at, chart.find("/>", at) - at);
    const std::string d = path.substr(path.find(" d=\""), path.find("data-name") - path.find(" d=\""));
    const std::string numbers = path.substr(path.find("data-y=\""));
    CHECK(occurrences(d, "L") == occurrences(numbers, " "));
    CHECK(occurrences(d, "L") > 100);
  }
}

TEST_CASE("numbers that no axis can hold do not hang a chart", "[report][unit]") {
  const std::vector<double> steps{0, 1};
  const double near = 1e20, next = std::nextafter(near, INFINITY);
  CHECK(line_chart(steps, std::vector{-1.7e308, 1.7e308}, "a").empty());
  CHECK(occurrences(line_chart(steps, std::vector{near, next}, "a"), "class=\"tick\"") < 20);
  CHECK(occurrences(line_chart(steps, std::vector{5e-324, 1e300}, "a"), "nan") == 0);
}

TEST_CASE("numbers along the axes can be told apart, and steps are whole", "[report][unit]") {
  const std::string close = line_chart(std::vector<double>{2, 3}, std::vector{14.1391, 14.1396}, "a");
  CHECK(occurrences(close, ">14.1392<") == 1);
  CHECK(occurrences(close, ">14.14<") == 0);
  CHECK(occurrences(close, ">2</text>") == 1);
  CHECK(occurrences(close, ">3</text>") == 1);
  CHECK(occurrences(close, ">2.") == 0);
  const std::string nothing = line_chart(std::vector<double>{2, 3}, std::vector{0.0, 0.0}, "a");
  CHECK(occurrences(nothing, ">1</text>") == 1);
  CHECK(occurrences(nothing, "e-") == 0);
}

TEST_CASE("a line stands at the step that is marked, when it is on the chart", "[report][unit]") {
  const std::vector<double> steps{0, 100}, values{1, 2};
  const auto marked = [&](double step) { return line_chart(steps, values, "a", {.smooth = false, .marked = step}); };
  CHECK(occurrences(marked(50), "<path class=\"marked\" d=\"M191.0 10.0V146.0\"/>") == 1);  // 52 + 278 / 2
  CHECK(occurrences(marked(50), "<circle class=\"dot\"") == 2);
  CHECK(occurrences(marked(101), "class=\"marked\"") == 0);
}

TEST_CASE("a scatter chart labels what is finite", "[report][unit]") {
  const std::vector<ScatterPoint> points{
      {"a<b", 1.0, 0.5, "red"}, {"c", NAN, 0.5, "red"}, {"floor", 0.1, 0.9, "grey", true}, {"d", 1.01, 0.5, "blue"}};
  const std::string chart = scatter_chart(points, "x", "y");
  CHECK(occurrences(chart, "<circle") == 3);
  CHECK(occurrences(chart, ">a&lt;b</text>") == 1);
  CHECK(occurrences(chart, ">c</text>") == 0);
  CHECK(occurrences(chart, "fill:none;stroke-width:2") == 1);
  CHECK(scatter_chart({}, "x", "y").empty());
  const std::string both = scatter_charts(points, "x", "y");
  CHECK(both.starts_with(chart));
  CHECK(occurrences(both, "<svg class=\"scatter phone\"") == 1);
  CHECK(occurrences(both, "<circle") == 6);
}

TEST_CASE("an interval lies where its numbers say", "[report][unit]") {
  const std::string plot = interval_plot(0.5, 0.25, 0.75, 0.0, 1.0, "green");
  CHECK(occurrences(plot, "M110.0 2V24") == 1);        // zero in the middle
  CHECK(occurrences(plot, "M136.5 13.0H189.5") == 1);  // 110 + 106 * 0.25 and 0.75
  CHECK(occurrences(plot, "cx=\"163.0\"") == 1);
  CHECK(occurrences(plot, "class=\"limit\"") == 0);
  CHECK(occurrences(interval_plot(0.5, 0.25, 0.75, -0.1, 1.0, "green"), "class=\"limit\"") == 1);
}
