#pragma once

#include "flashmotion/cli/options.hpp"
#include "flashmotion/pipeline/pipeline_request.hpp"

#include <filesystem>
#include <string>

namespace flashmotion::cli {

/// The text of an option; empty when it is not given.
[[nodiscard]] std::string text_of(const cxxopts::ParseResult& parsed, const char* name);

/// Makes the folder that a command writes into. Throws InputError where it cannot be made.
void make_folder(const std::filesystem::path& out);

/// The options of commands that make clips with a checkpoint: model, adapter, shape, sampling, numbers, memory.
void add_model_options(cxxopts::Options& options);

/// Throws InputError when one of these options is given that has no meaning without a checkpoint: all but `--threads`,
/// and `--device` with `--run`.
void refuse_model_options(const cxxopts::ParseResult& parsed);

/// Takes `--threads` over. Throws InputError.
void set_threads(const cxxopts::ParseResult& parsed);

/// What they ask for, without cases. Sets threads and the kernel of attention. Throws InputError.
[[nodiscard]] PipelineRequest model_request(const cxxopts::ParseResult& parsed);

/// What is said when the device's memory is too small.
[[nodiscard]] std::string out_of_memory_message(const Arithmetic& arithmetic);

}  // namespace flashmotion::cli
