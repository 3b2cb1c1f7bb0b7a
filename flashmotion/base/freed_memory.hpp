#pragma once

#include <malloc.h>

namespace flashmotion {

/// Small steps ask for the same memory again and again: the process keeps it instead of giving it back each time.
/// Called once, at the start of a program.
inline void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that glibc takes
  mallopt(M_TRIM_THRESHOLD, 2147483647);
  mallopt(M_TOP_PAD, 64 << 20);
}

/// Gives back what all threads have freed: for between two large pieces of work, of which each has threads of its own.
inline void give_back_freed_memory() { malloc_trim(0); }

}  // namespace flashmotion
