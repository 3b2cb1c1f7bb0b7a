#include "flashmotion/base/progress.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace flashmotion {
namespace progress_detail {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Columns of the terminal; 80 when it does not say.
std::size_t columns(std::FILE* out) {
  winsize size{};
  if (::ioctl(::fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace progress_detail

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::clamp(std::round(seconds), 0.0, 1e9));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

ProgressBar::ProgressBar(std::string title, std::int64_t total, ProgressOptions options, std::int64_t done)
    : title_(std::move(title)),
      total_(std::max<std::int64_t>(total, 1)),
      options_(options),
      bar_(!options.quiet && options.terminal.value_or(::isatty(::fileno(options.out)) != 0)),
      done_(done),
      before_(done),
      last_tenth_(10 * done / total_),
      began_(seconds()) {}

ProgressBar::~ProgressBar() { finish(); }

double ProgressBar::seconds() const {
  return options_.clock == nullptr ? progress_detail::steady_seconds() : options_.clock();
}

void ProgressBar::advance(std::int64_t steps, std::string_view note) {
  done_ = std::min(done_ + steps, total_);
  if (options_.quiet || finished_) return;
  if (bar_)
    draw(note);
  else
    print_line(note);
}

std::string ProgressBar::pace() const {
  const double spent = seconds() - began_;
  const auto steps = static_cast<double>(done_ - before_);
  if (done_ == total_) return fmt::format("done in {}", clock_text(spent));
  if (steps <= 0.0 || spent <= 0.0) return "";
  const double rate = steps / spent;
  const double left = static_cast<double>(total_ - done_) / rate;
  if (rate >= 1.0) return fmt::format("{:.1f}/s, ETA {}", rate, clock_text(left));
  return fmt::format("{:.1f} s each, ETA {}", 1.0 / rate, clock_text(left));
}

void ProgressBar::draw(std::string_view note) {
  constexpr double kRedraw = 0.1;  // seconds
  const double now = seconds();
  if (drawn_ >= 0.0 && now - drawn_ < kRedraw && done_ < total_) return;
  drawn_ = now;

  constexpr std::int64_t kCells = 24;
  const std::int64_t full = kCells * done_ / total_;
  std::string line = fmt::format("{} [{}{}] {:3} % {}/{} {}", title_, std::string(static_cast<std::size_t>(full), '#'),
                                 std::string(static_cast<std::size_t>(kCells - full), '.'), 100 * done_ / total_, done_,
                                 total_, pace());
  if (!note.empty()) line += fmt::format(" | {}", note);
  // A line that wraps could not be drawn over.
  std::size_t width = std::min(line.size(), progress_detail::columns(options_.out) - 1);
  while (width > 0 && width < line.size() && (static_cast<unsigned char>(line[width]) & 0xC0) == 0x80) --width;
  line.resize(width);
  fmt::print(options_.out, "\r{}\x1b[K", line);
  std::fflush(options_.out);
  open_ = true;
}

void ProgressBar::print_line(std::string_view note) {
  const std::int64_t tenth = 10 * done_ / total_;
  if (tenth == last_tenth_) return;
  last_tenth_ = tenth;
  std::string line = fmt::format("{}: {} % ({}/{})", title_, 100 * done_ / total_, done_, total_);
  const std::string pace = this->pace();
  if (!pace.empty()) line += fmt::format(", {}", pace);
  if (!note.empty()) line += fmt::format(", {}", note);
  fmt::print(options_.out, "{}\n", line);
  std::fflush(options_.out);
}

void ProgressBar::finish() {
  if (open_) std::fputc('\n', options_.out);
  open_ = false;
  finished_ = true;
}

}  // namespace flashmotion
