#include "flashmotion/plugin/inspect.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/plugin/elf_stamp.hpp"
#include "flashmotion/plugin/trust.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace flashmotion {
namespace inspect_detail {

constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;

/// Why the path cannot be read as a file; empty when it can be tried. A pipe would wait for ever.
std::string judge_path(const std::string& file) {
  std::error_code code;
  const auto status = std::filesystem::status(file, code);
  if (!std::filesystem::exists(status))
    return code && status.type() == std::filesystem::file_type::none ? code.message() : "there is no such file";
  if (std::filesystem::is_directory(status)) return "it is a folder; name the file in it";
  if (!std::filesystem::is_regular_file(status)) return "it is not a regular file";
  return {};
}

std::vector<ProvidedComponent> parse_provides(const std::string& lines) {
  std::vector<ProvidedComponent> provides;
  std::size_t begin = 0;
  while (begin < lines.size()) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    const std::string line = lines.substr(begin, end - begin);
    const std::size_t space = line.find(' ');
    if (space != std::string::npos) provides.push_back({line.substr(0, space), line.substr(space + 1)});
    begin = end + 1;
  }
  return provides;
}

}  // namespace inspect_detail

bool PluginInspection::brings(ComponentKind kind, std::string_view component) const {
  return std::any_of(provides.begin(), provides.end(), [&](const ProvidedComponent& entry) {
    return entry.kind == to_string(kind) && entry.name == component;
  });
}

std::string PluginInspection::refusal() const {
  if (accepted()) return {};
  const std::string who =
      stamp && !name.empty() ? fmt::format("plugin {} {} ({})", name, version, file) : fmt::format("'{}'", file);
  std::string text = who + " was refused: ";
  for (std::size_t i = 0; i < reasons.size(); ++i) text += (i == 0 ? "" : "; ") + reasons[i];
  if (rebuild) text += "; rebuild the plugin against this toolkit";
  return text;
}

PluginInspection inspect_plugin(const std::string& file, bool allow_writable) {
  PluginInspection found;
  found.file = file;
  if (std::string reason = inspect_detail::judge_path(file); !reason.empty()) {
    found.reasons.push_back(std::move(reason));
    return found;
  }
  if (!allow_writable && !writable_plugins_allowed()) {
    if (std::string reason = distrusted(file); !reason.empty()) found.reasons.push_back(std::move(reason));
  }
  std::string bytes;
  try {
    bytes = read_file(file, inspect_detail::kLargestFile);
  } catch (const InputError& error) {
    found.reasons.push_back(error.message());
    return found;
  }
  found.sha256 = sha256_hex(bytes);
  FoundStamp read = find_stamp(bytes);
  if (!read.stamp) {
    found.reasons.push_back(std::move(read.reason));
    return found;
  }
  found.stamp = read.stamp;
  for (std::string& difference : stamp_differences(*read.stamp, host_stamp())) {
    found.reasons.push_back(std::move(difference));
    found.rebuild = true;
  }
  found.warnings = stamp_warnings(*read.stamp, host_stamp());
  // The names lie where this ABI puts them.
  if (read.stamp->abi_number == host_stamp().abi_number && read.stamp->struct_size >= sizeof(AbiStamp)) {
    found.name = stamp_text(read.stamp->name);
    found.version = stamp_text(read.stamp->version);
    found.provides = inspect_detail::parse_provides(stamp_text(read.stamp->provides));
  }
  return found;
}

}  // namespace flashmotion
