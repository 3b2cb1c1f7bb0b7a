#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/abi_stamp.hpp"
#include "flashmotion/plugin/entry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// A component that a plugin brings.
struct ProvidedComponent {
  std::string kind;  // as to_string(ComponentKind) says it: `adapter`
  std::string name;
  bool operator==(const ProvidedComponent&) const = default;
};

/// What a file says of itself. Nothing of it was loaded or run.
struct PluginInspection {
  std::string file;
  std::optional<AbiStamp> stamp;  // when the file has one
  std::string name;               // from the stamp, as are version and provides
  std::string version;
  std::vector<ProvidedComponent> provides;  // empty when the ABI number differs
  std::string sha256;                       // of the file; empty when it could not be read
  std::vector<std::string> reasons;         // why it is refused; empty: it may be loaded
  std::vector<std::string> warnings;        // what differs and does no harm
  bool rebuild = false;                     // whether building it again mends a reason

  [[nodiscard]] bool accepted() const { return reasons.empty(); }
  [[nodiscard]] FLASHMOTION_EXPORT bool brings(ComponentKind kind, std::string_view component) const;
  /// The refusal as one text: `FILE was refused: …; rebuild the plugin against this toolkit`, the end where it helps.
  /// Empty when accepted.
  [[nodiscard]] FLASHMOTION_EXPORT std::string refusal() const;
};

/// Gates 1 and 2: reads the file, looks for the stamp and compares it with this program's. Whatever is wrong with the
/// file is in `reasons`; that everyone can write to the file or its folder is one, unless it is allowed here or by the
/// environment variable FLASHMOTION_ALLOW_WRITABLE_PLUGINS=1.
[[nodiscard]] FLASHMOTION_EXPORT PluginInspection inspect_plugin(const std::string& file, bool allow_writable = false);

}  // namespace flashmotion
