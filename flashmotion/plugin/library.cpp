#include "flashmotion/plugin/library.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <vector>  // library_info.hpp of Boost 1.74 needs it and does not say so

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <boost/dll/shared_library.hpp>

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <mutex>
#include <system_error>
#include <utility>

namespace flashmotion {
namespace library_detail {

/// Keeps every library until the process ends; see `PluginHost`. Never destroyed, and reachable for leak checkers.
class PluginVault {
 public:
  static PluginVault& instance() {
    static auto* vault = new PluginVault;
    return *vault;
  }
  std::shared_ptr<const boost::dll::shared_library> keep(boost::dll::shared_library library) {
    auto kept = std::make_shared<const boost::dll::shared_library>(std::move(library));
    const std::lock_guard lock(mutex_);
    libraries_.push_back(kept);
    return kept;
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<const boost::dll::shared_library>> libraries_;
};

constexpr const char* kEntry = "flashmotion_register_v1";

/// The loader's text without the file's name in front, and with a symbol as it stands in the source.
std::string loader_text(const std::string& file) {
  const char* text = dlerror();
  std::string reason = text == nullptr ? "the loader gives no reason" : text;
  if (reason.rfind(file + ": ", 0) == 0) reason.erase(0, file.size() + 2);
  constexpr std::string_view lead = "undefined symbol: ";
  if (reason.rfind(lead, 0) != 0) return reason;
  const std::string symbol = reason.substr(lead.size(), reason.find_first_of(", ", lead.size()) - lead.size());
  int status = 0;
  char* readable = abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status);
  if (status != 0) return reason;
  reason = fmt::format("undefined symbol: {}", readable);
  std::free(readable);
  return reason;
}

}  // namespace library_detail

PluginLibrary open_plugin(const std::string& file) {
  using namespace library_detail;
  std::error_code code;
  boost::dll::shared_library library;
  library.load(file, code, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (code) {
    throw PluginError(
        fmt::format("'{}' cannot be loaded: {}; rebuild the plugin against this toolkit", file, loader_text(file)));
  }
  if (!library.has(kEntry)) {
    throw PluginError(
        fmt::format("'{}' was refused: it has a stamp but no entry function '{}'; write it with "
                    "FLASHMOTION_PLUGIN",
                    file, kEntry));
  }
  RegisterFunction* entry = &library.get_alias<RegisterFunction>(kEntry);
  return {PluginVault::instance().keep(std::move(library)), entry};
}

std::string own_library_file() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&open_plugin), &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

}  // namespace flashmotion
