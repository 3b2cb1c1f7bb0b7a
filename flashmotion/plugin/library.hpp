#pragma once

#include "flashmotion/plugin/registrar.hpp"

#include <memory>
#include <string>

namespace flashmotion {

/// A shared library that is open, and its entry function.
struct PluginLibrary {
  std::shared_ptr<const void> handle;
  RegisterFunction* entry = nullptr;
};

/// Gate 3: opens the library (all symbols at once, none of them offered to others) and finds its entry function. It
/// runs the library's static constructors, so the stamp has been compared before. The library is kept until the
/// process ends. Throws PluginError with the loader's reason.
[[nodiscard]] PluginLibrary open_plugin(const std::string& file);

/// The file that this very library was loaded from; empty when the loader does not tell.
[[nodiscard]] std::string own_library_file();

}  // namespace flashmotion
