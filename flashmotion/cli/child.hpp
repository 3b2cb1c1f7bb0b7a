#pragma once

#include "flashmotion/base/stop.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace flashmotion::cli {

/// This program once more, as a process of its own with a process group of its own, so that Ctrl-C reaches it through
/// its parent alone. What it says goes to a file, or to this terminal when none is named.
class Child {
 public:
  /// Throws Error when it cannot be started.
  Child(const std::vector<std::string>& arguments, const std::string& log_file);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Stops it and waits.
  ~Child();

  /// Whether it has ended.
  [[nodiscard]] bool ended();
  /// Exit code, or 128 + signal; once it has ended.
  [[nodiscard]] int code() const { return code_; }
  /// Sends a signal; nothing happens when it has ended.
  void signal(int number) const;

 private:
  pid_t process_ = -1;
  int code_ = 0;
};

}  // namespace flashmotion::cli
