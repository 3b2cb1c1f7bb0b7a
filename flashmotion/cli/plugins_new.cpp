#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/plugins.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/listing.hpp"
#include "flashmotion/train/recipe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace flashmotion::cli {
namespace plugins_new {

namespace fs = std::filesystem;

/// The folder above `lib`, `bin` and `share` that this program belongs to.
fs::path prefix() { return fs::path(installed_plugin_folder()).parent_path().parent_path().parent_path(); }

fs::path template_folder() { return prefix() / "share/flashmotion/templates/plugin"; }

/// Each folder of templates is a kind; what all have in common is none.
std::vector<std::string> kinds() {
  std::vector<std::string> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(template_folder(), none))
    if (entry.is_directory() && entry.path().filename() != "common") found.push_back(entry.path().filename().string());
  std::sort(found.begin(), found.end());
  if (found.empty())
    throw Error(fmt::format("'{}' holds no templates; install the toolkit again", template_folder().string()));
  return found;
}

std::string checked_kind(const cxxopts::ParseResult& parsed) {
  const std::vector<std::string> known = kinds();
  if (parsed.count("kind") == 0)
    throw InputError(fmt::format("the kind is missing: give --kind with one of {}", quoted_list(known)));
  const auto& kind = parsed["kind"].as<std::string>();
  if (std::find(known.begin(), known.end(), kind) == known.end())
    throw InputError(fmt::format("no kind named '{}'{}", kind, suggestion(kind, known, "there are")));
  return kind;
}

/// Throws InputError unless the name can be that of a plugin, of its component, of a C++ class and of a CMake target.
void check_name(const std::string& name, const std::string& kind, const PluginSearch& search) {
  constexpr std::size_t kLongest = 48;
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  const bool word = !name.empty() && name.size() <= kLongest && letter(name.front()) && name.back() != '_' &&
                    std::all_of(name.begin(), name.end(), fits) && name.find("__") == std::string::npos;
  if (!word)
    throw InputError(
        fmt::format("'{}' cannot be a plugin's name; write lower-case letters, digits and single '_', a "
                    "letter first, at most {} of them",
                    name, kLongest));
  constexpr std::array<std::string_view, 11> kTaken{"all",  "clean",     "config",     "edit_cache",
                                                    "help", "install",   "package",    "rebuild",
                                                    "test", "uninstall", "flashmotion"};
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end())
    throw InputError(
        fmt::format("'{}' means something to CMake or to the project's sources; choose another name", name));
  for (const ComponentDoc& part : describe_components(builtin_catalog()))
    if (part.kind == kind && part.name == name)
      throw InputError(fmt::format("the {} '{}' is built in; choose another name", kind, name));
  for (const PluginInspection& file : PluginHost(search).list())
    for (const ProvidedComponent& part : file.provides)
      if (part.kind == kind && part.name == name)
        throw InputError(fmt::format("the {} '{}' comes with {} already; choose another name", kind, name, file.file));
}

/// `my_adapter` as `MyAdapter`.
std::string class_name(const std::string& name) {
  std::string text;
  bool begins = true;
  for (const char c : name) {
    if (c == '_') {
      begins = true;
      continue;
    }
    text += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    begins = false;
  }
  return text;
}

std::string filled(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [mark, value] : values)
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
      text.replace(at, mark.size(), value);
  return text;
}

/// Writes the project beside its final name and renames it, so that it is there whole or not at all.
std::vector<std::string> write_project(const std::string& name, const std::string& kind, const fs::path& folder) {
  const std::vector<std::pair<std::string, std::string>> values{
      {"@name@", name}, {"@Class@", class_name(name)}, {"@kind@", kind}};
  const fs::path unfinished = folder.string() + fmt::format(".unfinished.{}", ::getpid());
  std::vector<std::string> files;
  try {
    fs::create_directories(unfinished);
    for (const fs::path& from : {template_folder() / "common", template_folder() / kind}) {
      for (const auto& entry : fs::directory_iterator(from)) {
        std::string file = entry.path().filename().string();
        if (file == "gitignore") file = ".gitignore";
        std::ofstream to(unfinished / file, std::ios::binary);
        to << filled(read_file(entry.path().string()), values);
        to.close();
        if (!to) throw InputError(fmt::format("'{}' cannot be written", (unfinished / file).string()));
        files.push_back(file);
      }
    }
    fs::rename(unfinished, folder);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    throw InputError(fmt::format("the folder '{}' cannot be made: {}", folder.string(), error.code().message()));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    throw;
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace plugins_new

int new_plugin(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names) {
  using namespace plugins_new;
  const std::string& name = names.front();
  const std::string kind = checked_kind(parsed);
  check_name(name, kind, {{}, standard_plugin_folders(list_of(parsed, "plugin-dir"))});
  fs::path folder = parsed.count("out") > 0 ? parsed["out"].as<std::string>() : name;
  if (!folder.has_filename()) folder = folder.parent_path();  // `my/` is `my`
  std::error_code none;
  if (fs::symlink_status(folder, none).type() != fs::file_type::not_found)
    throw InputError(fmt::format("'{}' exists; remove it, or choose another folder with --out", folder.string()));
  const std::vector<std::string> files = write_project(name, kind, folder);
  const std::string path = folder.string();
  fmt::print("made {}: {}\nnext:\n", path, fmt::join(files, ", "));
  if (!fs::exists(prefix() / "lib/cmake/FlashMotion", none))
    fmt::print(
        "  install the toolkit (cmake --install BUILD-FOLDER --prefix DIR), and below give DIR for its folder\n");
  fmt::print("  cmake -G Ninja -S {0} -B {0}/build -DCMAKE_PREFIX_PATH={1}\n", path, prefix().string());
  fmt::print("  cmake --build {}/build\n  ctest --test-dir {}/build --output-on-failure\n", path, path);
  fmt::print("  flashmotion run {}/recipe.toml --out runs/{}\n", path, name);
  return 0;
}

}  // namespace flashmotion::cli
