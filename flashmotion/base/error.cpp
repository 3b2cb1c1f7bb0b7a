#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

namespace flashmotion {

std::string SourceLocation::str() const {
  if (line <= 0) return file;
  if (column <= 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

Error::Error(const std::string& message) : Error(message, {}) {}

Error::Error(const std::string& message, SourceLocation where)
    : std::runtime_error(message), message_(message), where_(std::move(where)) {
  compose();
}

Error::~Error() = default;

void Error::add_context(std::string doing) {
  contexts_.push_back(std::move(doing));
  compose();
}

void Error::compose() {
  const std::string place = where_.str();
  full_ = place.empty() ? message_ : fmt::format("{}: {}", place, message_);
  for (const std::string& context : contexts_) full_ += fmt::format("\n  while {}", context);
}

InputError::~InputError() = default;
RecipeError::~RecipeError() = default;
PluginError::~PluginError() = default;
ShapeError::~ShapeError() = default;

Interrupted::Interrupted(int signal) : Error(fmt::format("stopped by signal {}", signal)), signal_(signal) {}
Interrupted::~Interrupted() = default;

}  // namespace flashmotion
