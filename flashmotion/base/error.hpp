#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// Place in something that a user wrote. Lines and columns count from 1; 0 means unknown.
struct SourceLocation {
  std::string file;
  std::int64_t line = 0;
  std::int64_t column = 0;

  /// `file:line:column`, without the parts that are unknown.
  [[nodiscard]] FLASHMOTION_EXPORT std::string str() const;
};

/// Base of every error that the library throws on purpose. The message names the thing first,
/// then what was wrong, then what to do.
class FLASHMOTION_EXPORT Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message);
  Error(const std::string& message, SourceLocation where);
  ~Error() override;

  /// Message with its location and, below it, one `while …` line for each context.
  [[nodiscard]] const char* what() const noexcept override { return full_.c_str(); }
  /// The message alone.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const SourceLocation& where() const noexcept { return where_; }
  /// Adds what was being done, innermost first.
  void add_context(std::string doing);

 private:
  void compose();

  std::string message_;
  SourceLocation where_;
  std::vector<std::string> contexts_;
  std::string full_;
};

/// Something that a user gave (file, option, recipe) is wrong: exit code 2.
class FLASHMOTION_EXPORT InputError : public Error {
 public:
  using Error::Error;
  ~InputError() override;
};

/// A recipe is wrong. The message may hold several mistakes, one a line.
class FLASHMOTION_EXPORT RecipeError : public InputError {
 public:
  using InputError::InputError;
  ~RecipeError() override;
};

/// A plugin was refused, or failed while it ran.
class FLASHMOTION_EXPORT PluginError : public InputError {
 public:
  using InputError::InputError;
  ~PluginError() override;
};

/// A tensor has another shape, type or device than the function states.
class FLASHMOTION_EXPORT ShapeError : public Error {
 public:
  using Error::Error;
  ~ShapeError() override;
};

/// The user asked to stop (SIGINT or SIGTERM). Carries the signal's number.
class FLASHMOTION_EXPORT Interrupted : public Error {
 public:
  explicit Interrupted(int signal);
  ~Interrupted() override;
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

}  // namespace flashmotion
