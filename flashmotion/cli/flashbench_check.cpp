#include "flashmotion/base/json.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/bench/case_clip.hpp"
#include "flashmotion/cli/flashbench.hpp"
#include "flashmotion/cli/options.hpp"

#include <map>

namespace flashmotion::cli {
namespace {

constexpr const char* kBenchCheckHelp =
    "Reads all files of a benchmark folder; says all that is wrong, or lists its cases.\n";

// What was seen of a case.
struct SeenCase {
  std::int64_t objects = 0;
  double least_first = 0;  // share of the first frame that the smallest object has
};

SeenCase look_at_case(const Bench& bench, const BenchCase& one) {
  const CaseClip clip = open_case(bench, one);
  const Tensor share = clip.masks.begin().next(1).flatten(2).sum(2);  // [1, K] pixels
  return {clip.masks.size(1),
          static_cast<double>(share.min().item<std::int64_t>()) / static_cast<double>(bench.width * bench.height)};
}

std::string bench_json(const Bench& bench, const std::vector<SeenCase>& seen,
                       const std::map<std::string, int>& groups) {
  JsonWriter json(2);
  json.begin_object()
      .field("folder", bench.folder.string())
      .field("name", bench.name)
      .field("kind", std::string(to_string(bench.kind)))
      .field("frames", bench.frames)
      .field("width", bench.width)
      .field("height", bench.height)
      .field("fps", bench.fps)
      .field("seed", bench.seed)
      .key("groups")
      .begin_object();
  for (const auto& [group, count] : groups) json.field(group, count);
  json.end_object().key("cases").begin_array();
  for (std::size_t i = 0; i < seen.size(); ++i) {
    json.begin_object()
        .field("id", bench.cases[i].id)
        .field("group", bench.cases[i].group)
        .field("objects", seen[i].objects)
        .field("least_first_share", seen[i].least_first)
        .field("prompt", bench.cases[i].prompt)
        .end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

void print_bench(const Bench& bench, const std::vector<SeenCase>& seen, const std::map<std::string, int>& groups) {
  fmt::print("{}: {} cases of kind '{}', {} frames of {}x{} at {:g} a second\n\n", bench.name, bench.cases.size(),
             to_string(bench.kind), bench.frames, bench.width, bench.height, bench.fps);
  fmt::print("group  cases\n");
  for (const auto& [group, count] : groups) fmt::print("{:<5}  {:>5}\n", group, count);
  std::size_t wide = 4;
  for (const BenchCase& one : bench.cases) wide = std::max(wide, one.id.size());
  fmt::print("\n{:<{}}  objects  smallest in frame 0  prompt\n", "case", wide);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    fmt::print("{:<{}}  {:>7}  {:>17.2f} %  {}\n", bench.cases[i].id, wide, seen[i].objects, 100 * seen[i].least_first,
               bench.cases[i].prompt);
  }
}

}  // namespace

int flashbench_check(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion flashbench check", kBenchCheckHelp);
  options.custom_help("DIR [OPTIONS]").positional_help("");
  options.add_options()("folder", "benchmark folder", cxxopts::value<std::string>())("json", "for machines")(
      "quiet", "no progress");
  options.parse_positional("folder");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const Bench bench = read_bench(required(*parsed, "folder", "the benchmark folder"));
  std::vector<SeenCase> seen;
  std::map<std::string, int> groups;
  std::string problems;
  ProgressBar progress("reading", static_cast<std::int64_t>(bench.cases.size()),
                       {.quiet = parsed->count("quiet") > 0 || parsed->count("json") > 0});
  for (const BenchCase& one : bench.cases) {
    context.stop.throw_if_stopped();
    try {
      seen.push_back(look_at_case(bench, one));
    } catch (const InputError& problem) {
      problems += fmt::format("{}case '{}': {}", problems.empty() ? "" : "\n", one.id, problem.what());
    }
    ++groups[one.group];
    progress.advance(1, one.id);
  }
  progress.finish();
  if (!problems.empty()) throw InputError(problems);
  if (parsed->count("json") > 0) {
    fmt::print("{}", bench_json(bench, seen, groups));
  } else {
    print_bench(bench, seen, groups);
  }
  return 0;
}

}  // namespace flashmotion::cli
