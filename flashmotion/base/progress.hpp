#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace flashmotion {

/// How progress is shown.
struct ProgressOptions {
  /// Where to; not owned.
  std::FILE* out = stderr;
  /// Nothing at all.
  bool quiet = false;
  /// Draw a bar (true) or write lines (false); asked of `out` when not given.
  std::optional<bool> terminal{};
  /// Seconds since some moment; the steady clock when null.
  double (*clock)() = nullptr;
};

/// Progress of a loop with a known number of steps: on a terminal one line that is drawn anew, elsewhere a line at
/// about every tenth.
class FLASHMOTION_EXPORT ProgressBar {
 public:
  /// `done` steps of `total` were finished before (a resumed run); they do not count for the rate.
  ProgressBar(std::string title, std::int64_t total, ProgressOptions options = {}, std::int64_t done = 0);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// Ends the line of a bar.
  ~ProgressBar();

  /// `note` (a loss, a count) stands at the end of the line.
  void advance(std::int64_t steps = 1, std::string_view note = {});
  /// Ends the line; further calls do nothing.
  void finish();

 private:
  void draw(std::string_view note);
  void print_line(std::string_view note);
  [[nodiscard]] double seconds() const;
  /// `3.1/s, ETA 0:47`; only the time taken when all is done.
  [[nodiscard]] std::string pace() const;

  std::string title_;
  std::int64_t total_;
  ProgressOptions options_;
  bool bar_;
  std::int64_t done_;
  std::int64_t before_;
  std::int64_t last_tenth_;
  double began_;
  double drawn_ = -1.0;
  bool open_ = false;
  bool finished_ = false;
};

/// `0:47`, `12:05`, `1:02:03`.
[[nodiscard]] FLASHMOTION_EXPORT std::string clock_text(double seconds);

}  // namespace flashmotion
