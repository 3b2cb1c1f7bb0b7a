#include "flashmotion/base/error.hpp"
#include "flashmotion/cli/flashbench.hpp"
#include "flashmotion/cli/options.hpp"

namespace flashmotion::cli {

int flashbench_make(std::span<char* const> arguments, const Context& /*context*/) {
  cxxopts::Options options("flashmotion flashbench make", "Makes a benchmark folder.\n");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  throw InputError("--out is missing");
}

}  // namespace flashmotion::cli
