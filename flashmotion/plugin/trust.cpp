#include "flashmotion/plugin/trust.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace flashmotion {
namespace trust_detail {

bool everyone_writes(const std::filesystem::path& path) {
  struct stat state {};
  return ::stat(path.c_str(), &state) == 0 && (state.st_mode & S_IWOTH) != 0;
}

std::string refusal(std::string_view what, const std::filesystem::path& path) {
  return fmt::format(
      "everyone can write to {}; take that away by 'chmod o-w {}', or allow it by "
      "--allow-writable-plugins",
      what, path.string());
}

}  // namespace trust_detail

std::string distrusted(const std::string& file) {
  using namespace trust_detail;
  namespace fs = std::filesystem;
  if (everyone_writes(file)) return refusal("this file", file);
  const fs::path folder = fs::path(file).has_parent_path() ? fs::path(file).parent_path() : fs::path(".");
  if (everyone_writes(folder)) return refusal("its folder", folder);
  std::error_code code;
  const fs::path real = fs::canonical(file, code).parent_path();
  return !code && everyone_writes(real) ? refusal("its folder", real) : std::string();
}

bool writable_plugins_allowed() {
  const char* variable = std::getenv("FLASHMOTION_ALLOW_WRITABLE_PLUGINS");
  return variable != nullptr && std::string_view(variable) == "1";
}

}  // namespace flashmotion
