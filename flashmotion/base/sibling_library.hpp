#pragma once

#include "flashmotion/base/export.hpp"

namespace flashmotion {

/// Whose names a loaded library takes first where it and the program have the same one.
enum class SymbolScope {
  usual,  // the program's and what was loaded with it
  own,    // its own and those of its libraries. AddressSanitizer does not have this: there it is as `usual`
};

/// A function of a library that lies beside this one (`libflashmotion_flow.so`); loads the library at the first time,
/// for good. Null when there is no such file or function, or it cannot be loaded.
[[nodiscard]] FLASHMOTION_EXPORT void* sibling_function(const char* library, const char* function,
                                                        SymbolScope scope = SymbolScope::usual);

}  // namespace flashmotion
