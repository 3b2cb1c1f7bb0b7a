#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/bench/make_bench.hpp"
#include "flashmotion/cli/flashbench.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/cli/trajectory.hpp"

#include <map>

namespace flashmotion::cli {
namespace {

constexpr const char* kBenchMakeHelp =
    "Makes a benchmark folder; equal options and clips give equal bytes.\n"
    "\n"
    "  clips      real clips with masks: their number of objects is the group\n"
    "  toy        the toy world, 1 to 3 objects, as the toy recipes are trained on it\n"
    "  composite  1 to 8 objects, cut out of clips and moved over another clip\n";

MakeBenchOptions make_options(const cxxopts::ParseResult& parsed) {
  MakeBenchOptions options;
  const std::string word = required(parsed, "kind", "the kind of benchmark");
  const auto kind = parse_enum<BenchKind>(word);
  if (!kind)
    throw InputError(
        fmt::format("there is no kind '{}'{}", word, suggestion(word, enum_words<BenchKind>(), "there are")));
  options.kind = *kind;
  options.out = required(parsed, "out", "the folder to write");
  if (parsed.count("clips") > 0) options.clips = parsed["clips"].as<std::string>();
  options.per_group = parsed["per-group"].as<std::int64_t>();
  options.seed = parsed["seed"].as<std::int64_t>();
  if (parsed.count("frames") > 0) {
    options.frames = parsed["frames"].as<std::int64_t>();
    if (options.frames < 1) throw InputError(fmt::format("--frames must be 1 + 4k, found {}", options.frames));
  }
  const auto [width, height] = size_option(parsed);
  options.width = width;
  options.height = height;
  if (parsed.count("fps") > 0) {
    options.fps = parsed["fps"].as<double>();
    if (!(options.fps > 0)) throw InputError(fmt::format("--fps goes from 0.1 to 1000, found {:g}", options.fps));
  }
  if (parsed.count("groups") > 0) options.groups = words_of(parsed["groups"].as<std::string>());
  return options;
}

std::map<std::string, int> count_groups(const Bench& bench) {
  std::map<std::string, int> groups;
  for (const BenchCase& one : bench.cases) ++groups[one.group];
  return groups;
}

std::string made_json(const MadeBench& made) {
  const Bench& bench = made.bench;
  JsonWriter json(2);
  json.begin_object()
      .field("folder", bench.folder.string())
      .field("name", bench.name)
      .field("kind", std::string(to_string(bench.kind)))
      .field("unchanged", made.unchanged)
      .field("frames", bench.frames)
      .field("width", bench.width)
      .field("height", bench.height)
      .field("fps", bench.fps)
      .field("seed", bench.seed)
      .field("cases", bench.cases.size())
      .key("groups")
      .begin_object();
  for (const auto& [group, count] : count_groups(bench)) json.field(group, count);
  json.end_object().key("skipped").begin_array();
  for (const SkippedClip& clip : made.skipped)
    json.begin_object().field("clip", clip.clip).field("reason", clip.reason).end_object();
  json.end_array().end_object();
  return json.text() + "\n";
}

}  // namespace

int flashbench_make(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion flashbench make", kBenchMakeHelp);
  options.custom_help("--kind clips|toy|composite --out DIR [OPTIONS]").positional_help("");
  options.add_options()("kind", "clips, toy or composite", cxxopts::value<std::string>())(
      "clips", "folder of clips with masks, as for training on real clips", cxxopts::value<std::string>())(
      "out", "folder to write", cxxopts::value<std::string>())("per-group", "cases of each group (clips: at most)",
                                                               cxxopts::value<std::int64_t>()->default_value("4"))(
      "seed", "of all that is drawn", cxxopts::value<std::int64_t>()->default_value("0"))(
      "frames", "of each case, 1 + 4k; default: 121, or the most that the clips have; toy: 9",
      cxxopts::value<std::int64_t>())("size", "WIDTHxHEIGHT in pixels; default: the clips'; toy: 32x32",
                                      cxxopts::value<std::string>())("fps", "frames a second; default: 24; toy: 8",
                                                                     cxxopts::value<double>())(
      "groups", "such as 1,2,6+; default: all that there are", cxxopts::value<std::string>())(
      "json", "say what was made for machines")("quiet", "no progress");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const MadeBench made = make_bench(make_options(*parsed), context.stop,
                                    {.quiet = parsed->count("quiet") > 0 || parsed->count("json") > 0});
  for (const SkippedClip& clip : made.skipped) context.log.warning("left out '{}': {}", clip.clip, clip.reason);
  if (!made.skipped.empty()) context.log.warning("{} clips were left out", made.skipped.size());
  if (parsed->count("json") > 0) {
    fmt::print("{}", made_json(made));
    return 0;
  }
  std::string groups;
  for (const auto& [group, count] : count_groups(made.bench))
    groups += fmt::format("{}{} of group {}", groups.empty() ? "" : ", ", count, group);
  context.log.info("{}: {} ({} frames of {}x{}){}", made.bench.folder.string(), groups, made.bench.frames,
                   made.bench.width, made.bench.height, made.unchanged ? "; it was there already" : "");
  return 0;
}

}  // namespace flashmotion::cli
