#pragma once

#include <unistd.h>

#include <cstdint>

namespace flashmotion::cli {

/// All memory of this machine, in bytes.
inline std::int64_t machine_memory() { return std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGE_SIZE); }

}  // namespace flashmotion::cli
