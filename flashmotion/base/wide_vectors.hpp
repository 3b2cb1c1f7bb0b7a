#pragma once

/// Before a function: it is built for the vectors of several processors, and the program takes what it finds itself on.
#ifdef __x86_64__
#define FLASHMOTION_WIDE_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define FLASHMOTION_WIDE_VECTORS
#endif
