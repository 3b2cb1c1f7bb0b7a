#include "flashmotion/base/suggest.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <filesystem>
#include <map>
#include <vector>

namespace flashmotion::cli {

int convert_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion convert",
                           "Writes the floating-point tensors of a safetensors file with another type of number.");
  options.custom_help("IN OUT [OPTIONS]").positional_help("");
  options.add_options()("files", "the file to read and the file to write", cxxopts::value<std::vector<std::string>>())(
      "dtype", "float32, float16 or bfloat16", cxxopts::value<std::string>());
  options.parse_positional("files");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const auto files =
      parsed->count("files") > 0 ? (*parsed)["files"].as<std::vector<std::string>>() : std::vector<std::string>{};
  if (files.size() != 2)
    throw InputError("give the file to read and the file to write; see 'flashmotion convert --help'");
  const std::map<std::string, at::ScalarType> types{
      {"float32", at::kFloat}, {"float16", at::kHalf}, {"bfloat16", at::kBFloat16}};
  const std::string wanted = required(*parsed, "dtype", "the type of number");
  const auto type = types.find(wanted);
  if (type == types.end()) {
    std::vector<std::string> names;
    names.reserve(types.size());
    for (const auto& entry : types) names.push_back(entry.first);
    throw InputError(fmt::format("no type of number named '{}'{}", wanted, suggestion(wanted, names, "there are")));
  }
  const SafetensorsFile file(files[0]);
  NamedTensors tensors;
  for (const NamedTensor& t : file.tensors()) {
    tensors.push_back({t.name, t.tensor.is_floating_point() ? t.tensor.to(type->second) : t.tensor});
  }
  write_safetensors(files[1], tensors, file.metadata());
  context.log.info("{}: {} bytes, {}: {} bytes", files[0], std::filesystem::file_size(files[0]), files[1],
                   std::filesystem::file_size(files[1]));
  return 0;
}

}  // namespace flashmotion::cli
