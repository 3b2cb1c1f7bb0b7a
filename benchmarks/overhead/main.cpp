// What a call into a plugin costs: an adapter that computes nothing, called directly and as a recipe's is, through its
// erased type and the guard of a loaded library. Prints a table for docs/benchmarks.md.
#include "benchmarks/overhead/still_adapter.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/presets.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace benchmarks {
namespace {

using namespace flashmotion;

constexpr int kRounds = 15;

/// Seconds of one call.
template <class F>
double seconds(std::int64_t calls, F&& call) {
  const auto began = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < calls; ++i) call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() / static_cast<double>(calls);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + kRounds / 2, values.end());
  return values[kRounds / 2];
}

/// Medians of two calls that take turns.
template <class A, class B>
std::pair<double, double> in_turn(std::int64_t calls, A&& one, B&& other) {
  std::vector<double> ones, others;
  for (int round = 0; round < kRounds; ++round) {
    ones.push_back(seconds(calls, one));
    others.push_back(seconds(calls, other));
  }
  return {median(std::move(ones)), median(std::move(others))};
}

struct Case {
  std::string name;
  wan::DitConfig config;
  std::int64_t frames, height, width;  // of the latent
};

void measure(const Case& entry) {
  const at::NoGradGuard no_grad;
  wan::DitGenerator generator(entry.config, 0);
  BuildContext context;
  context.generator = generator.spec();
  const auto& spec = context.generator;
  DenoiseRequest pass;
  Rng rng(0, "overhead");
  pass.latent = rng.normal({1, spec.latent_channels, entry.frames, entry.height, entry.width});
  pass.sigma = at::full({1}, 0.5F);
  pass.text.tokens = rng.normal({1, 8, spec.text_width});
  AdapterRequest request;
  const std::int64_t tokens = spec.grid(pass.latent).tokens();

  std::vector<double> passes;
  static_cast<void>(generator.denoise(pass));
  for (int round = 0; round < kRounds; ++round)
    passes.push_back(seconds(1, [&] { static_cast<void>(generator.denoise(pass)); }));
  const double whole = median(std::move(passes));

  Catalog catalog;
  PluginHost host({{FLASHMOTION_STILL_ADAPTER}, {}});
  host.load_files(catalog);
  for (const std::int64_t size : {std::int64_t{1}, tokens}) {
    request.control =
        size == 1 ? at::zeros({1, spec.latent_channels, spec.patch[0], spec.patch[1], spec.patch[2]}) : pass.latent;
    still_adapter::StillAdapter direct({.tokens = size}, context);
    auto document = TomlDocument::from_text(fmt::format("use = 'still'\ntokens = {}\n", size), "overhead");
    ComponentNode table;
    table.use = "still";
    table.table = &document.root();
    AnyAdapter loaded(catalog.adapters.make(table, context));
    const auto [plain, guarded] = in_turn(
        size == 1 ? 2000 : 20, [&] { static_cast<void>(direct.edits(request)); },
        [&] { static_cast<void>(loaded.edits(request)); });
    fmt::print("| {} | {} of {} | {:.0f} | {:.0f} | {:.2f} | {:.4f} % |\n", entry.name, spec.blocks, size, plain * 1e9,
               guarded * 1e9, whole * 1e3, 100.0 * (guarded - plain) / whole);
  }
}

void run(int threads) {
  at::set_num_threads(threads);
  wan::DitConfig toy;
  toy.width = 128;
  toy.heads = 4;
  toy.blocks = 4;
  toy.ffn_width = 512;
  toy.text_width = 32;
  toy.frequency_width = 64;
  toy.patch = {1, 1, 1};
  wan::DitConfig large = wan::preset("wan22_ti2v_5b").dit;
  large.blocks = 1;
  fmt::print("| pass | edits of tokens | direct, ns | loaded, ns | pass, ms | added to a pass |\n");
  fmt::print("| --- | --- | --- | --- | --- | --- |\n");
  measure({"toy, 192 tokens", toy, 3, 8, 8});
  measure({"TI2V-5B, one block, 1,024 tokens", large, 4, 32, 32});
}

}  // namespace
}  // namespace benchmarks

int main(int count, char** arguments) {
  try {
    benchmarks::run(count > 1 ? std::stoi(arguments[1]) : 2);
    return 0;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
