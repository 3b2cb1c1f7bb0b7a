#include "flashmotion/report/detail/charts.hpp"

#include "flashmotion/report/detail/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace flashmotion::report_detail {
namespace charts {

constexpr std::size_t kMostPoints = 320;  // of a curve
constexpr std::size_t kMostDots = 60;

// Maps values to pixels.
struct Axis {
  double low = 0;
  double high = 0;
  double from = 0;
  double to = 0;
  bool logarithmic = false;

  [[nodiscard]] double raw(double v) const { return logarithmic ? std::log10(v) : v; }
  [[nodiscard]] double value(double raw) const { return logarithmic ? std::pow(10.0, raw) : raw; }
  [[nodiscard]] double at(double v) const {
    const double span = raw(high) - raw(low);
    return span == 0 ? (from + to) / 2 : from + (raw(v) - raw(low)) / span * (to - from);
  }
};

// With as many digits as tell neighbours apart, which lie `step` from each other.
std::string tick_text(double v, double step) {
  // Steps stand in full.
  const bool whole = v == std::round(v) && std::abs(v) < 1e7;
  const double places = step > 0 && v != 0 ? std::ceil(std::log10(std::abs(v) / step) - 1e-9) + 1 : 0;
  const int digits = static_cast<int>(std::clamp(places, 4.0, 12.0));
  std::string text = whole ? fmt::format("{:.0f}", v == 0 ? 0.0 : v) : fmt::format("{:.{}g}", v, digits);
  return text.starts_with('-') ? "−" + text.substr(1) : text;
}

// Distance of ticks; 0 when there is one alone or the axis is logarithmic.
double tick_step(const std::vector<double>& ticks, const Axis& axis) {
  return axis.logarithmic || ticks.size() < 2 ? 0 : ticks[1] - ticks[0];
}

struct Point {
  double x, y;
};

struct Sample {
  double step, value;
};

struct Frame {
  Axis x, y;
};

// At most kMostPoints: of each run of neighbours the lowest and the highest stay, so that spikes do.
std::vector<Sample> thin(const std::vector<Sample>& all) {
  if (all.size() <= kMostPoints) return all;
  std::vector<Sample> kept;
  const std::size_t buckets = kMostPoints / 2;
  for (std::size_t b = 0; b < buckets; ++b) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(b * all.size() / buckets);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>((b + 1) * all.size() / buckets);
    const auto [low, high] = std::minmax_element(begin, end, [](Sample p, Sample q) { return p.value < q.value; });
    kept.push_back(std::min(low, high)[0]);
    if (low != high) kept.push_back(std::max(low, high)[0]);
  }
  return kept;
}

// Centred running mean over about a twelfth of the curve; on a logarithmic axis that of the logarithms.
std::vector<Sample> smooth(const std::vector<Sample>& all, const Axis& axis) {
  const auto half = static_cast<std::ptrdiff_t>(std::max<std::size_t>(2, all.size() / 24));
  const auto count = static_cast<std::ptrdiff_t>(all.size());
  std::vector<double> sums{0.0};
  for (const Sample& p : all) sums.push_back(sums.back() + axis.raw(p.value));
  std::vector<Sample> means;
  const std::ptrdiff_t stride = std::max<std::ptrdiff_t>(1, count / static_cast<std::ptrdiff_t>(kMostPoints / 2));
  for (std::ptrdiff_t i = 0; i < count; i += stride) {
    const auto begin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, i - half));
    const auto end = static_cast<std::size_t>(std::min(count, i + half + 1));
    const double mean = (sums[end] - sums[begin]) / static_cast<double>(end - begin);
    means.push_back({all[static_cast<std::size_t>(i)].step, axis.value(mean)});
  }
  return means;
}

// A mean over a handful of values hides more than it shows.
bool too_few(const std::vector<Sample>& all) { return all.size() < 12; }

std::vector<Sample> samples_of(std::span<const double> steps, std::span<const double> values) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < std::min(steps.size(), values.size()); ++i) samples.push_back({steps[i], values[i]});
  return samples;
}

// What the page's script shows under the pointer: a name, and step and value of each point in its order.
std::string numbers(const std::vector<Sample>& samples, const std::string& name) {
  std::string steps, values;
  for (const Sample& s : samples) {
    fmt::format_to(std::back_inserter(steps), "{}{:.0f}", steps.empty() ? "" : " ", s.step);
    fmt::format_to(std::back_inserter(values), "{}{:.4g}", values.empty() ? "" : " ", s.value);
  }
  return fmt::format("data-name=\"{}\" data-x=\"{}\" data-y=\"{}\"", escape_html(name), steps, values);
}

// A curve, or a dot where there is one point alone.
std::string curve(const std::vector<Sample>& samples, const Frame& frame, const char* kind, const std::string& name,
                  const std::string& colour = {}) {
  const auto x = [&](const Sample& s) { return frame.x.at(s.step); };
  const auto y = [&](const Sample& s) { return frame.y.at(s.value); };
  if (samples.empty()) return {};
  if (samples.size() == 1) {
    return fmt::format("<circle class=\"dot\"{} cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" {}/>",
                       colour.empty() ? "" : fmt::format(" style=\"fill:{}\"", colour), x(samples[0]), y(samples[0]),
                       numbers(samples, name));
  }
  std::string d;
  for (const Sample& s : samples)
    fmt::format_to(std::back_inserter(d), "{}{:.1f} {:.1f}", d.empty() ? "M" : "L", x(s), y(s));
  return fmt::format("<path class=\"{}\"{} d=\"{}\" {}/>", kind,
                     colour.empty() ? "" : fmt::format(" style=\"stroke:{}\"", colour), d, numbers(samples, name));
}

std::string dots(const std::vector<Sample>& samples, const Frame& frame) {
  std::string svg;
  if (samples.size() < 2 || samples.size() > kMostDots) return svg;
  for (const Sample& s : samples) {
    fmt::format_to(std::back_inserter(svg), "<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.2\"/>",
                   frame.x.at(s.step), frame.y.at(s.value));
  }
  return svg;
}

struct Rect {
  double x0, y0, x1, y1;

  [[nodiscard]] double overlap(const Rect& o) const {
    return std::max(0.0, std::min(x1, o.x1) - std::max(x0, o.x0)) *
           std::max(0.0, std::min(y1, o.y1) - std::max(y0, o.y0));
  }
};

struct Label {
  double x, y;
  const char* anchor;
};

// Where the label of each point stands: the place around it that covers least of points, labels and border.
std::vector<Label> place_labels(const std::vector<Point>& dots, const std::vector<std::string>& texts,
                                const Rect& frame) {
  std::vector<Rect> taken;
  taken.reserve(dots.size());
  for (const Point& p : dots) taken.push_back({p.x - 5, p.y - 5, p.x + 5, p.y + 5});
  std::vector<Label> labels;
  for (std::size_t i = 0; i < dots.size(); ++i) {
    const double width = 6.6 * static_cast<double>(texts[i].size());
    const Point p = dots[i];
    std::vector<Label> candidates{{p.x + 9, p.y + 4, "start"}, {p.x - 9, p.y + 4, "end"},
                                  {p.x, p.y - 10, "middle"},   {p.x, p.y + 18, "middle"},
                                  {p.x + 7, p.y - 8, "start"}, {p.x + 7, p.y + 15, "start"},
                                  {p.x - 7, p.y - 8, "end"},   {p.x - 7, p.y + 15, "end"}};
    // Further off, for points that lie on each other.
    for (const double away : {24.0, 38.0, 52.0}) {
      for (const double y : {p.y - away + 6, p.y + away + 4}) {
        candidates.push_back({p.x + 7, y, "start"});
        candidates.push_back({p.x - 7, y, "end"});
      }
    }
    double least = INFINITY;
    Label best = candidates[0];
    Rect room{};
    for (const Label& c : candidates) {
      const double share = c.anchor[0] == 's' ? 0.0 : c.anchor[0] == 'e' ? 1.0 : 0.5;
      const Rect box{c.x - share * width, c.y - 11, c.x + (1 - share) * width, c.y + 4};
      double cost = (box.x1 - box.x0) * (box.y1 - box.y0) - box.overlap(frame);
      for (const Rect& other : taken) cost += box.overlap(other);
      if (cost < least - 1e-9) {
        least = cost;
        best = c;
        room = box;
      }
    }
    taken.push_back(room);
    labels.push_back(best);
  }
  return labels;
}

// Grid lines and numbers of both axes inside a frame. `whole`: no numbers between whole ones below it.
std::string grid(const Axis& x, const Axis& y, int x_count, int y_count, bool whole) {
  std::string svg;
  auto out = std::back_inserter(svg);
  const std::vector<double> rows = axis_ticks(y.low, y.high, y_count, y.logarithmic);
  for (const double t : rows) {
    fmt::format_to(out, "<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", x.from, y.at(t), x.to);
    fmt::format_to(out, "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", x.from - 6,
                   y.at(t) + 3.5, tick_text(t, tick_step(rows, y)));
  }
  const std::vector<double> columns = axis_ticks(x.low, x.high, x_count, false);
  for (const double t : columns) {
    if (whole && t != std::round(t)) continue;
    // A number below the right end would be cut off.
    const bool last = x.at(t) > x.to - 8;
    fmt::format_to(out, "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                   last ? x.to + 8 : x.at(t), y.from + 15, last ? "end" : "middle",
                   tick_text(t, tick_step(columns, x)));
  }
  fmt::format_to(out, "<path class=\"axis\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", x.from, y.from, x.to);
  return svg;
}

std::pair<double, double> padded(double low, double high, double part) {
  // A span that is next to nothing beside the numbers has no ticks of its own.
  const bool flat = !(high - low > 1e-9 * std::max(std::abs(low), std::abs(high)));
  const double pad = !flat ? (high - low) * part : high == 0 ? 1.0 : std::abs(high) * 0.1;
  return {low - pad, high + pad};
}

// Curves with their axes around them; `draw(frame)` gives what lies between. Empty when there is nothing, or when no
// axis can hold it.
std::string curve_chart(const std::vector<Sample>& all, double height, const std::string& label, auto&& draw) {
  constexpr double kWidth = 340;
  double least = INFINITY, most = -INFINITY, first = INFINITY, last = -INFINITY;
  for (const Sample& s : all) {
    least = std::min(least, s.value);
    most = std::max(most, s.value);
    first = std::min(first, s.step);
    last = std::max(last, s.step);
  }
  constexpr double kMost = 1e300;
  if (all.empty() || std::max(std::abs(least), std::abs(most)) > kMost) return {};
  const bool logarithmic = least > 0 && most > 100 * least;
  auto [low, high] = logarithmic ? std::pair{least / 1.2, most * 1.2} : padded(least, most, 0.06);
  if (least >= 0 && low < 0) low = 0;
  const Frame frame{{first, std::max(last, first + 1), 52, kWidth - 10}, {low, high, height - 24, 10, logarithmic}};
  std::string svg = fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth,
                                height, escape_html(label));
  svg += grid(frame.x, frame.y, 4, 4, true) + draw(frame);
  if (logarithmic)
    svg += fmt::format("<text class=\"tick\" x=\"{}\" y=\"18\" text-anchor=\"end\">log</text>", kWidth - 12);
  return svg + "</svg>";
}

}  // namespace charts

std::vector<double> axis_ticks(double low, double high, int count, bool logarithmic) {
  std::vector<double> ticks;
  if (!(high > low) || count < 1) return {low};
  if (logarithmic) {
    const int first = static_cast<int>(std::floor(std::log10(low)));
    const int last = static_cast<int>(std::ceil(std::log10(high)));
    const bool few = high < 100 * low;
    const int stride = std::max(1, (last - first + count) / (count + 1));
    for (int power = first; power <= last; power += few ? 1 : stride) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double tick = factor * std::pow(10.0, power);
        if ((factor == 1.0 || few) && tick >= low && tick <= high) ticks.push_back(tick);
      }
    }
    return ticks;
  }
  const double rough = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  }
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1.0) ticks.push_back(k * step);
  return ticks;
}

std::string line_chart(std::span<const double> steps, std::span<const double> values, const std::string& label,
                       const LineOptions& options) {
  using namespace charts;
  if (steps.size() != values.size()) return {};
  const std::vector<Sample> all = samples_of(steps, values);
  return curve_chart(all, 170, label, [&](const Frame& frame) {
    std::string svg;
    if (options.marked && *options.marked >= frame.x.low && *options.marked <= frame.x.high) {
      svg += fmt::format("<path class=\"marked\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", frame.x.at(*options.marked),
                         frame.y.to, frame.y.from);
    }
    if (!options.smooth) return svg + curve(thin(all), frame, "mean", "value") + dots(all, frame);
    if (too_few(all)) return svg + curve(all, frame, "mean", "value");
    return svg + curve(thin(all), frame, "raw", "value") + curve(smooth(all, frame.y), frame, "mean", "mean");
  });
}

std::string overlay_chart(std::span<const Series> series, const std::string& label) {
  using namespace charts;
  std::vector<Sample> all;
  for (const Series& one : series) {
    const std::vector<Sample> samples = samples_of(one.steps, one.values);
    all.insert(all.end(), samples.begin(), samples.end());
  }
  return curve_chart(all, 190, label, [&](const Frame& frame) {
    std::string svg;
    for (const Series& one : series) {
      const std::vector<Sample> samples = samples_of(one.steps, one.values);
      svg += curve(!one.smooth || too_few(samples) ? thin(samples) : smooth(samples, frame.y), frame, "mean", one.label,
                   one.colour);
    }
    return svg;
  });
}

std::string scatter_chart(std::span<const ScatterPoint> points, const std::string& x_title, const std::string& y_title,
                          ChartWidth width) {
  using namespace charts;
  const bool phone = width == ChartWidth::phone;
  const double full_width = phone ? 360 : 760, full_height = phone ? 380 : 400;
  std::vector<const ScatterPoint*> shown;
  for (const ScatterPoint& p : points) {
    if (std::isfinite(p.x) && std::isfinite(p.y)) shown.push_back(&p);
  }
  if (shown.empty()) return {};
  double x_low = INFINITY, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
  for (const ScatterPoint* p : shown) {
    x_low = std::min(x_low, p->x);
    x_high = std::max(x_high, p->x);
    y_low = std::min(y_low, p->y);
    y_high = std::max(y_high, p->y);
  }
  const auto [x0, x1] = padded(x_low, x_high, 0.08);
  const auto [y0, y1] = padded(y_low, y_high, 0.08);
  const Axis x{x_low >= 0 ? std::max(0.0, x0) : x0, x1, 60, full_width - 16};
  const Axis y{y0, y1, full_height - 46, 14};
  std::string svg =
      fmt::format("<svg class=\"scatter{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} against {}\">",
                  phone ? " phone" : "", full_width, full_height, escape_html(y_title), escape_html(x_title));
  auto out = std::back_inserter(svg);
  svg += grid(x, y, phone ? 4 : 8, 6, false);
  fmt::format_to(out, "<text class=\"title\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                 (x.from + x.to) / 2, full_height - 8, escape_html(x_title));
  fmt::format_to(
      out, "<text class=\"title\" transform=\"translate(16 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
      (y.from + y.to) / 2, escape_html(y_title));
  std::vector<Point> dots;
  std::vector<std::string> texts;
  for (const ScatterPoint* p : shown) {
    dots.push_back({x.at(p->x), y.at(p->y)});
    texts.push_back(p->label);
  }
  const std::vector<Label> labels = place_labels(dots, texts, {x.from, y.to, x.to, y.from});
  for (std::size_t i = 0; i < dots.size(); ++i) {
    const ScatterPoint& p = *shown[i];
    fmt::format_to(out, "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" style=\"{}:{};{}\"/>", dots[i].x, dots[i].y,
                   p.hollow ? 4.5 : 6.0, p.hollow ? "stroke" : "fill", p.colour,
                   p.hollow ? "fill:none;stroke-width:2" : "stroke:var(--page);stroke-width:1.5");
    fmt::format_to(out, "<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                   p.hollow ? "label floor" : "label", labels[i].x, labels[i].y, labels[i].anchor,
                   escape_html(p.label));
  }
  return svg + "</svg>";
}

std::string scatter_charts(std::span<const ScatterPoint> points, const std::string& x_title,
                           const std::string& y_title) {
  return scatter_chart(points, x_title, y_title) + scatter_chart(points, x_title, y_title, ChartWidth::phone);
}

std::string interval_plot(double estimate, double low, double high, double limit, double range,
                          const std::string& colour) {
  using namespace charts;
  constexpr double kWidth = 220, kMiddle = 13;
  const Axis x{-range, range, 4, kWidth - 4};
  std::string svg = fmt::format("<svg class=\"interval\" viewBox=\"0 0 {} 26\" aria-hidden=\"true\">", kWidth);
  auto out = std::back_inserter(svg);
  fmt::format_to(out, "<path class=\"grid\" d=\"M0 {:.1f}H{}\"/>", kMiddle, kWidth);
  fmt::format_to(out, "<path class=\"zero\" d=\"M{:.1f} 2V24\"/>", x.at(0.0));
  if (limit != 0.0) {
    fmt::format_to(out, "<path class=\"limit\" d=\"M{:.1f} 2V24\"/>", x.at(limit));
  }
  fmt::format_to(out, "<path d=\"M{:.1f} {:.1f}H{:.1f}\" style=\"stroke:{};stroke-width:4;stroke-linecap:round\"/>",
                 x.at(low), kMiddle, std::max(x.at(high), x.at(low) + 0.5), colour);
  fmt::format_to(out,
                 "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" style=\"fill:{};stroke:var(--page);stroke-width:1.5\"/>",
                 x.at(estimate), kMiddle, colour);
  return svg + "</svg>";
}

}  // namespace flashmotion::report_detail
