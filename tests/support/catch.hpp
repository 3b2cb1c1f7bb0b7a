#pragma once

// The only way tests reach Catch2: LibTorch defines macros of the same names, so it comes first
// and they go.
#include <ATen/core/Tensor.h>
#include <c10/util/Logging.h>

#undef CHECK
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LE
#undef CHECK_LT
#undef CHECK_GE
#undef CHECK_GT
#undef CHECK_NOTNULL

#include <catch2/catch.hpp>

#include <cstdio>

/// Ends the test case as skipped and says why.
#define FLASHMOTION_SKIP(reason)                        \
  do {                                                  \
    std::printf("FLASHMOTION_SKIPPED: %s\n", (reason)); \
    return;                                             \
  } while (false)
