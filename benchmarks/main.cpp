#include "benchmarks/row.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/freed_memory.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <malloc.h>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

// One side of the comparison that scripts/bench_vs_python makes. It serves one row until its standard input ends:
//
//   flashmotion_bench ROW FOLDER DTYPE THREADS
//   < run            > seconds 1.25
//   < peak           > peak 123456789     most bytes of memory that were in use since the process was ready
//   < output FILE    > written            what the runs gave, as safetensors
//
// `ready BYTES` comes first: the memory in use then, weights included.

namespace benchmarks {
namespace {

std::int64_t memory(const char* key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(key, 0) == 0) return std::stoll(line.substr(line.find(':') + 1)) * 1024;
  }
  throw flashmotion::Error("/proc/self/status cannot be read");
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

at::ScalarType dtype(const std::string& name) {
  const std::map<std::string, at::ScalarType> types{{"float32", at::kFloat}, {"bfloat16", at::kBFloat16}};
  const auto found = types.find(name);
  if (found == types.end()) throw flashmotion::InputError("the type is float32 or bfloat16");
  return found->second;
}

void serve(Row& row) {
  malloc_trim(0);  // what reading the weights left behind is no part of them
  forget_peak();
  fmt::print("ready {}\n", memory("VmRSS"));
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "run") {
      const auto began = std::chrono::steady_clock::now();
      row.run();
      fmt::print("seconds {}\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    } else if (line == "peak") {
      fmt::print("peak {}\n", memory("VmHWM"));
    } else if (line.starts_with("output ")) {
      flashmotion::write_safetensors(line.substr(7), row.outputs());
      fmt::print("written\n");
    }
    std::fflush(stdout);
  }
}

int run(int count, char** arguments) {
  const std::map<std::string, std::unique_ptr<Row> (*)(const RowOptions&)> rows{
      {"clip", make_clip_row},
      {"dit", make_dit_row},
      {"dit_image", make_dit_image_row},
      {"train", make_train_row},
      {"vae", make_vae_row},
      {"text", make_text_row},
      {"load", make_load_row},
      {"control_boxes", make_boxes_row},
      {"control_masks", make_masks_row},
      {"statistics", make_statistics_row},
      {"frechet", make_frechet_row},
      {"features", make_features_row},
      {"statistics_fvd", make_statistics_row},
      {"frechet_fvd", make_frechet_row},
      {"features_fvd", make_features_row},
  };
  if (count != 5 || !rows.contains(arguments[1])) {
    throw flashmotion::InputError("usage: flashmotion_bench ROW FOLDER DTYPE THREADS");
  }
  at::set_num_threads(std::stoi(arguments[4]));
  const auto row = rows.at(arguments[1])({.folder = arguments[2], .dtype = dtype(arguments[3])});
  serve(*row);
  return 0;
}

}  // namespace
}  // namespace benchmarks

int main(int count, char** arguments) {
  flashmotion::keep_freed_memory();
  try {
    return benchmarks::run(count, arguments);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
