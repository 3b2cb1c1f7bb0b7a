#pragma once

#include "flashmotion/base/export.hpp"

#include <memory>
#include <string>
#include <utility>

namespace flashmotion {

/// The plugin that a component came from. Objects made by the plugin hold it, and it holds the library.
struct PluginOrigin {
  std::string name;
  std::string version;
  std::string file;
  std::shared_ptr<const void> library;  // declared last: whatever else refers to the library goes first
};

/// Null for what is built in.
using Origin = std::shared_ptr<const PluginOrigin>;

/// `built in`, or `plugin controlnet_adapter 0.1.0 (FILE)`.
[[nodiscard]] FLASHMOTION_EXPORT std::string origin_text(const Origin& origin);

}  // namespace flashmotion
