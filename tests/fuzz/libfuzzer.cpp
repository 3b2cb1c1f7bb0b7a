// The entry of libFuzzer: bytes go to the target that FLASHMOTION_FUZZ_TARGET names. `--seeds FOLDER` as the only
// arguments writes the target's seeds into a folder and ends.
#include "tests/fuzz/target.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace {
const fuzz::Target* chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  const char* name = std::getenv("FLASHMOTION_FUZZ_TARGET");
  chosen = fuzz::find_target(name == nullptr ? "" : name);
  if (chosen == nullptr) {
    std::fprintf(stderr, "no target named '%s'; there are:", name == nullptr ? "" : name);
    for (const fuzz::Target& target : fuzz::targets()) std::fprintf(stderr, " %s", std::string(target.name).c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  if (*count == 3 && std::strcmp((*arguments)[1], "--seeds") == 0) {
    int number = 0;
    for (const std::string& seed : chosen->seeds()) {
      std::ofstream(std::string((*arguments)[2]) + "/seed-" + std::to_string(number++), std::ios::binary) << seed;
    }
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
