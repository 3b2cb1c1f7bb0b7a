#include "flashmotion/base/log.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <string>

namespace flashmotion {
namespace log_detail {

void to_stderr(LogLevel level, std::string_view line) {
  const char* mark = level == LogLevel::error     ? "error: "
                     : level == LogLevel::warning ? "warning: "
                     : level == LogLevel::debug   ? "debug: "
                                                  : "";
  // On a terminal a progress bar may stand in this line: it is cleared, and the bar draws itself again below.
  const char* clear = ::isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : "";
  const std::string text = fmt::format("{}{}{}\n", clear, mark, line);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace log_detail

Logger::Logger(LogLevel level) : Logger(level, &log_detail::to_stderr) {}
Logger::Logger(LogLevel level, Sink sink) : level_(level), sink_(std::move(sink)) {}

void Logger::write(LogLevel level, std::string_view line) const {
  if (enabled(level) && sink_) sink_(level, line);
}

void Logger::log(LogLevel level, fmt::string_view format, fmt::format_args arguments) const {
  if (enabled(level)) write(level, fmt::vformat(format, arguments));
}

}  // namespace flashmotion
