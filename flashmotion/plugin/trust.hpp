#pragma once

#include <string>

namespace flashmotion {

/// Why a plugin file should not be trusted, in a sentence; empty when it may be: everyone on this machine can write to
/// it or to the folder that holds it, and so could put other code in its place. Groups are trusted.
[[nodiscard]] std::string distrusted(const std::string& file);

/// Whether the environment variable FLASHMOTION_ALLOW_WRITABLE_PLUGINS is 1.
[[nodiscard]] bool writable_plugins_allowed();

}  // namespace flashmotion
