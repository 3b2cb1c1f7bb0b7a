#include "flashmotion/plugin/host.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/plugin/detail/recording_registrar.hpp"
#include "flashmotion/plugin/library.hpp"
#include "flashmotion/plugin/trust.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace flashmotion {
namespace host_detail {

namespace fs = std::filesystem;

bool catalog_has(const Catalog& catalog, ComponentKind kind, std::string_view name) {
  switch (kind) {
    case ComponentKind::adapter:
      return catalog.adapters.find(name) != nullptr;
    case ComponentKind::head:
      return catalog.heads.find(name) != nullptr;
    case ComponentKind::objective:
      return catalog.objectives.find(name) != nullptr;
    case ComponentKind::sampler:
      return catalog.samplers.find(name) != nullptr;
    case ComponentKind::schedule:
      return catalog.schedules.find(name) != nullptr;
    case ComponentKind::trajectory_encoder:
      return catalog.trajectory_encoders.find(name) != nullptr;
  }
  return false;
}

void note_refusal(Catalog& catalog, ComponentKind kind, RefusedProvider refused) {
  switch (kind) {
    case ComponentKind::adapter:
      return catalog.adapters.add_refusal(std::move(refused));
    case ComponentKind::head:
      return catalog.heads.add_refusal(std::move(refused));
    case ComponentKind::objective:
      return catalog.objectives.add_refusal(std::move(refused));
    case ComponentKind::sampler:
      return catalog.samplers.add_refusal(std::move(refused));
    case ComponentKind::schedule:
      return catalog.schedules.add_refusal(std::move(refused));
    case ComponentKind::trajectory_encoder:
      return catalog.trajectory_encoders.add_refusal(std::move(refused));
  }
}

/// Whether a text names a file, and no plugin.
bool is_file(const std::string& text) {
  return text.find('/') != std::string::npos || fs::path(text).extension() == ".so";
}

/// Shared libraries in a folder, sorted; none when the folder cannot be read.
std::vector<std::string> libraries_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    if (it->path().extension() == ".so") files.push_back(it->path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string absolute_file(const std::string& file) {
  std::error_code code;
  const fs::path path = fs::canonical(file, code);
  return code ? file : path.string();
}

}  // namespace host_detail

std::string installed_plugin_folder() {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::path library = fs::canonical(own_library_file(), code);
  return code ? std::string() : (library.parent_path() / "flashmotion" / "plugins").string();
}

std::vector<std::string> standard_plugin_folders(std::vector<std::string> given) {
  std::vector<std::string> folders = std::move(given);
  if (const char* variable = std::getenv("FLASHMOTION_PLUGIN_PATH")) {
    std::string part;
    for (const char* c = variable;; ++c) {
      if (*c != ':' && *c != '\0') {
        part += *c;
        continue;
      }
      if (!part.empty()) folders.push_back(std::exchange(part, {}));
      if (*c == '\0') break;
    }
  }
  if (std::string installed = installed_plugin_folder(); !installed.empty()) folders.push_back(std::move(installed));
  return folders;
}

std::string PluginHost::find_file(const std::string& name) const {
  namespace fs = std::filesystem;
  if (host_detail::is_file(name)) return name;
  std::vector<std::string> names;
  const auto match = [&](const std::string& file) {
    names.push_back(fs::path(file).stem().string());
    return names.back() == name;
  };
  for (const std::string& file : search_.files)
    if (host_detail::is_file(file) && match(file)) return file;
  for (const std::string& folder : search_.folders)
    for (const std::string& file : host_detail::libraries_in(folder))
      if (match(file)) return file;
  throw PluginError(fmt::format("no plugin named '{}'{} (looked in {})", name,
                                names.empty() ? "" : suggestion(name, names, "plugins there are"),
                                quoted_list(search_.folders)));
}

const PluginInfo& PluginHost::load(const std::string& name_or_file, Catalog& catalog) {
  return load_file(look_at(find_file(name_or_file)), catalog);
}

PluginInspection PluginHost::look_at(const std::string& file) const {
  const std::string real = host_detail::absolute_file(file);
  PluginInspection found = inspect_plugin(real, search_.allow_writable);
  // A link is as good as the folder that it lies in.
  if (file == real || !found.reasons.empty() || search_.allow_writable || writable_plugins_allowed()) return found;
  if (std::string reason = distrusted(file); !reason.empty()) found.reasons.push_back(std::move(reason));
  return found;
}

const PluginInfo& PluginHost::load_file(const PluginInspection& inspection, Catalog& catalog) {
  const std::string& file = inspection.file;
  for (const PluginInfo& before : loaded_)
    if (before.file == file) return before;
  if (!inspection.accepted()) throw PluginError(inspection.refusal());

  PluginLibrary library = open_plugin(file);
  const auto origin =
      std::make_shared<const PluginOrigin>(PluginOrigin{inspection.name, inspection.version, file, library.handle});
  RecordingRegistrar registrar;
  guarded(
      *origin, [] { return std::string("registering its components"); }, [&] { library.entry(registrar); });
  if (registrar.seen() != inspection.provides)
    throw PluginError(fmt::format("{} was refused: it registers other components than its stamp names; rebuild it",
                                  origin_text(origin)));
  registrar.add_to(catalog, origin);
  loaded_.push_back(
      {inspection.name, inspection.version, file, inspection.sha256, inspection.provides, inspection.warnings});
  return loaded_.back();
}

void PluginHost::load_files(Catalog& catalog) {
  for (const std::string& file : search_.files) load(file, catalog);
}

void PluginHost::search_file(const std::string& file) {
  std::error_code code;
  if (std::filesystem::exists(file, code)) search_.files.push_back(file);
}

bool PluginHost::provide(ComponentKind kind, std::string_view component, Catalog& catalog) {
  if (host_detail::catalog_has(catalog, kind, component)) return true;
  for (const PluginInspection& inspection : list()) {
    if (!inspection.brings(kind, component)) continue;
    if (!inspection.accepted()) {
      host_detail::note_refusal(catalog, kind, {std::string(component), inspection.refusal()});
      continue;
    }
    load_file(inspection, catalog);
    return true;
  }
  return false;
}

std::vector<PluginInspection> PluginHost::list() const {
  std::vector<PluginInspection> found;
  const auto add = [&](const std::string& path) {
    const std::string file = host_detail::absolute_file(path);
    const bool known =
        std::any_of(found.begin(), found.end(), [&](const PluginInspection& other) { return other.file == file; });
    if (!known) found.push_back(look_at(path));
  };
  for (const std::string& file : search_.files) add(find_file(file));
  for (const std::string& folder : search_.folders)
    for (const std::string& file : host_detail::libraries_in(folder)) add(file);
  return found;
}

}  // namespace flashmotion
