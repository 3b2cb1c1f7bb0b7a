#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace flashmotion {

/// `'FILE' DOING: REASON` for an `errno`; on a full disk also what to do.
[[nodiscard]] inline std::string write_problem(std::string_view path, std::string_view doing, int reason) {
  const bool full = reason == ENOSPC || reason == EDQUOT;
  return fmt::format("'{}' {}: {}{}", path, doing, std::strerror(reason),
                     full ? "; free some space and go on: what was there before is whole" : "");
}

}  // namespace flashmotion
