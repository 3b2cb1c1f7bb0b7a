#include "flashmotion/base/sibling_library.hpp"

#include <dlfcn.h>
#include <filesystem>

namespace flashmotion {
namespace sibling_library {

int mode(SymbolScope scope) {
  int flags = RTLD_NOW | RTLD_LOCAL;
#if !defined(__SANITIZE_ADDRESS__)
#if defined(__has_feature)
#if !__has_feature(address_sanitizer)
  if (scope == SymbolScope::own) flags |= RTLD_DEEPBIND;
#endif
#else
  if (scope == SymbolScope::own) flags |= RTLD_DEEPBIND;
#endif
#endif
  static_cast<void>(scope);
  return flags;
}

}  // namespace sibling_library

void* sibling_function(const char* library, const char* function, SymbolScope scope) {
  Dl_info self{};
  if (::dladdr(reinterpret_cast<const void*>(&sibling_function), &self) == 0) return nullptr;
  const auto file = std::filesystem::path(self.dli_fname).parent_path() / library;
  void* opened = ::dlopen(file.c_str(), sibling_library::mode(scope));
  return opened == nullptr ? nullptr : ::dlsym(opened, function);
}

}  // namespace flashmotion
