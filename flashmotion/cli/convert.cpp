#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/wan/checkpoint_convert.hpp"

#include <charconv>
#include <filesystem>
#include <map>
#include <vector>

namespace flashmotion::cli {
namespace {

at::ScalarType parse_type(const std::string& wanted) {
  const std::map<std::string, at::ScalarType> types{{"float32", at::kFloat},
                                                    {"float16", at::kHalf},
                                                    {"bfloat16", at::kBFloat16},
                                                    {"float8_e4m3", at::ScalarType::Float8_e4m3fn},
                                                    {"float8_e5m2", at::ScalarType::Float8_e5m2}};
  const auto type = types.find(wanted);
  if (type != types.end()) return type->second;
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const auto& entry : types) names.push_back(entry.first);
  throw InputError(fmt::format("no type of number named '{}'{}", wanted, suggestion(wanted, names, "there are")));
}

wan::FolderLayout parse_layout(const std::string& wanted) {
  if (const auto layout = parse_enum<wan::FolderLayout>(wanted)) return *layout;
  throw InputError(
      fmt::format("no layout named '{}'{}", wanted, suggestion(wanted, enum_words<wan::FolderLayout>(), "there are")));
}

// `5GB`, `500MB` or bytes.
std::uint64_t parse_size(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  const std::map<std::string, std::uint64_t> units{{"", 1}, {"MB", 1'000'000}, {"GB", 1'000'000'000}};
  const auto factor = units.find(unit);
  constexpr std::uint64_t kLargest = 1'000'000;
  if (code != std::errc() || factor == units.end() || number == 0 || (factor->second > 1 && number > kLargest)) {
    throw InputError(fmt::format("'{}' is no size of a file; write it as 5GB or 500MB", text));
  }
  return number * factor->second;
}

// Whatever a single file holds, with other numbers.
void convert_numbers(const std::string& in, const std::string& out, at::ScalarType type, bool overwrite,
                     const Context& context) {
  std::error_code none;
  if (std::filesystem::exists(out, none) && !overwrite) {
    throw InputError(fmt::format("'{}' is there already; give another name, or --overwrite", out));
  }
  const SafetensorsFile file(in);
  std::vector<TensorOutline> outlines;
  for (const std::string& name : file.names()) {
    outlines.push_back({name, c10::isFloatingType(file.dtype(name)) ? type : file.dtype(name), file.shape(name)});
  }
  SafetensorsWriter writer(out, outlines, file.metadata());
  for (const std::size_t i : writer.order()) {
    context.stop.throw_if_stopped();
    const Tensor tensor = file.tensor(outlines[i].name);
    writer.write(tensor.to(outlines[i].dtype));
    file.file().forget(tensor);
  }
  writer.finish();
  context.log.info("{}: {} bytes, {}: {} bytes", in, std::filesystem::file_size(in), out,
                   std::filesystem::file_size(out));
}

void convert_layout(const std::string& in, const std::string& out, const std::string& weights,
                    wan::ConvertOptions options, const Context& context) {
  const wan::Checkpoint checkpoint = wan::open_checkpoint(in, {weights});
  for (const wan::CheckpointComponent& component : checkpoint.components) {
    context.log.info("{}: {}, {} names, {} tensors", component.path.string(), to_string(component.kind),
                     to_string(component.layout), component.tensors.size());
  }
  constexpr std::uint64_t kStep = 1'000'000;
  const std::uint64_t total = wan::converted_bytes(checkpoint, options);
  ProgressBar bar("convert, MB", static_cast<std::int64_t>(total / kStep) + 1);
  std::uint64_t done = 0;
  options.written = [&](std::uint64_t bytes) {
    context.stop.throw_if_stopped();
    const std::uint64_t before = done / kStep;
    done += bytes;
    bar.advance(static_cast<std::int64_t>(done / kStep - before));
  };
  const auto files = wan::convert_checkpoint(checkpoint, out, options);
  bar.advance();
  bar.finish();
  context.log.info("{}: {} files, {} bytes of numbers", out, files.size(), done);
}

}  // namespace

int convert_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options(
      "flashmotion convert",
      "Writes a checkpoint of the Wan family in another layout, or the floating-point tensors of a "
      "safetensors file with another type of number.");
  options.custom_help("IN OUT [OPTIONS]").positional_help("");
  options.add_options()("files", "what to read and what to write", cxxopts::value<std::vector<std::string>>())(
      "layout", "original, diffusers or flashmotion; without it IN and OUT are single files",
      cxxopts::value<std::string>())("dtype", "float32, float16, bfloat16, float8_e4m3 or float8_e5m2",
                                     cxxopts::value<std::string>())(
      "shard-size", "most bytes in one file, such as 5GB", cxxopts::value<std::string>()->default_value("5GB"))(
      "weights", "which of several sets of weights in one file, such as generator", cxxopts::value<std::string>())(
      "overwrite", "let an older checkpoint at OUT give way");
  options.parse_positional("files");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const auto files =
      parsed->count("files") > 0 ? (*parsed)["files"].as<std::vector<std::string>>() : std::vector<std::string>{};
  if (files.size() != 2)
    throw InputError("give the file to read and the file to write; see 'flashmotion convert --help'");
  const bool overwrite = parsed->count("overwrite") > 0;
  if (parsed->count("layout") == 0) {
    const at::ScalarType type = parse_type(required(*parsed, "dtype", "the layout or the type of number"));
    convert_numbers(files[0], files[1], type, overwrite, context);
    return 0;
  }
  wan::ConvertOptions wanted;
  wanted.layout = parse_layout((*parsed)["layout"].as<std::string>());
  if (parsed->count("dtype") > 0) wanted.dtype = parse_type((*parsed)["dtype"].as<std::string>());
  wanted.shard_bytes = parse_size((*parsed)["shard-size"].as<std::string>());
  wanted.overwrite = overwrite;
  convert_layout(files[0], files[1], parsed->count("weights") > 0 ? (*parsed)["weights"].as<std::string>() : "", wanted,
                 context);
  return 0;
}

}  // namespace flashmotion::cli
