#pragma once

#include "flashmotion/base/export.hpp"

#include <fmt/core.h>

#include <functional>
#include <string_view>
#include <utility>

namespace flashmotion {

enum class LogLevel { error, warning, info, debug };

/// Writes lines for people. A value that is passed along; copies write to the same sink. Metrics do not go here.
class FLASHMOTION_EXPORT Logger {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;

  /// To the standard error stream.
  explicit Logger(LogLevel level = LogLevel::info);
  Logger(LogLevel level, Sink sink);

  [[nodiscard]] LogLevel level() const { return level_; }
  [[nodiscard]] bool enabled(LogLevel level) const { return level <= level_; }
  /// One line, without its end.
  void write(LogLevel level, std::string_view line) const;

  template <class... T>
  void error(fmt::format_string<T...> format, T&&... arguments) const {
    log(LogLevel::error, format, fmt::make_format_args(arguments...));
  }
  template <class... T>
  void warning(fmt::format_string<T...> format, T&&... arguments) const {
    log(LogLevel::warning, format, fmt::make_format_args(arguments...));
  }
  template <class... T>
  void info(fmt::format_string<T...> format, T&&... arguments) const {
    log(LogLevel::info, format, fmt::make_format_args(arguments...));
  }
  template <class... T>
  void debug(fmt::format_string<T...> format, T&&... arguments) const {
    log(LogLevel::debug, format, fmt::make_format_args(arguments...));
  }

 private:
  void log(LogLevel level, fmt::string_view format, fmt::format_args arguments) const;

  LogLevel level_;
  Sink sink_;
};

}  // namespace flashmotion
