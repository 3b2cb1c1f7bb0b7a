#define CATCH_CONFIG_RUNNER
#include "tests/support/catch.hpp"

#include <ATen/Parallel.h>

int main(int argc, char** argv) {
  at::set_num_threads(2);
  return Catch::Session().run(argc, argv);
}
