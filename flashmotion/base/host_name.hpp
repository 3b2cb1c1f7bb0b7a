#pragma once

#include "flashmotion/base/export.hpp"

#include <string>

namespace flashmotion {

/// The name that this machine gives itself; `?` where it has none.
[[nodiscard]] FLASHMOTION_EXPORT std::string host_name();

}  // namespace flashmotion
