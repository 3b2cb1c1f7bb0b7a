#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/bench/file_identity.hpp"
#include "flashmotion/bench/measure_clips.hpp"
#include "flashmotion/cli/flashbench.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/model_options.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/metrics/i3d_features.hpp"
#include "flashmotion/metrics/inception_features.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "flashmotion/metrics/script_features.hpp"
#include "flashmotion/metrics/script_finder.hpp"
#include "flashmotion/pipeline/clip_maker.hpp"
#include "flashmotion/report/bench_report.hpp"
#include "flashmotion/train/bench_clips.hpp"
#include "flashmotion/train/run_device.hpp"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>

namespace flashmotion::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBenchRunHelp =
    "Measures a model on a benchmark: makes a clip of each case with a finished run or a checkpoint, or takes clips\n"
    "that some model made elsewhere (ID.mp4, or a folder ID of pictures), and writes results.json, .csv, .tex and\n"
    "report.html. Started again, it goes on where it was stopped.\n";

std::vector<BenchCase> chosen_cases(const Bench& bench, const cxxopts::ParseResult& parsed) {
  if (parsed.count("cases") == 0) return bench.cases;
  std::vector<std::string> ids;
  for (const BenchCase& one : bench.cases) ids.push_back(one.id);
  std::vector<BenchCase> cases;
  for (const std::string& id : words_of(parsed["cases"].as<std::string>())) {
    const auto found = std::find(ids.begin(), ids.end(), id);
    if (found == ids.end())
      throw InputError(fmt::format("the benchmark has no case '{}'{}", id, suggestion(id, ids, "there are")));
    cases.push_back(bench.cases[static_cast<std::size_t>(found - ids.begin())]);
  }
  return cases;
}

ObjectSearch finder_option(const cxxopts::ParseResult& parsed, const Bench& bench) {
  const bool masks = parsed.count("masks") > 0;
  std::string word = parsed.count("finder") > 0     ? parsed["finder"].as<std::string>()
                     : masks                        ? "masks"
                     : bench.kind == BenchKind::toy ? "colours"
                                                    : "flow";
  const std::vector<std::string> words{"masks", "colours", "histogram", "flow"};
  if ((word == "masks") != masks)
    throw InputError(masks ? fmt::format("--masks and --finder {} are given: choose one of them", word)
                           : std::string("give the folder of masks by --masks"));
  if (word == "masks") return {"given masks", "", nullptr};
  if (word == "colours") return {"colours", "", ChromaFinder(ToyMotion::palette())};
  if (word == "histogram") return {"histogram", "", HistogramFinder()};
  if (word == "flow") return flow_search();
  if (fs::is_regular_file(word)) return script_search(word);
  throw InputError(fmt::format("no finder and no file is named '{}'{}", word, suggestion(word, words, "there are")));
}

std::vector<FeatureExtractor> extractor_options(const cxxopts::ParseResult& parsed) {
  std::vector<FeatureExtractor> extractors;
  extractors.push_back(parsed.count("features") > 0 ? script_features(parsed["features"].as<std::string>())
                                                    : fixed_features());
  if (parsed.count("fid-weights") > 0)
    extractors.push_back(inception_features(parsed["fid-weights"].as<std::string>()));
  // The kernel distance is known by the features that it was published with; without them it is of the stated ones.
  FeatureExtractor kernel = extractors.back();
  kernel.metric = "kid";
  extractors.push_back(std::move(kernel));
  if (parsed.count("fvd-weights") > 0) {
    const auto word = parsed["fvd-convention"].as<std::string>();
    const auto convention = parse_enum<FvdConvention>(word);
    if (!convention)
      throw InputError(fmt::format("there is no convention '{}'{}", word,
                                   suggestion(word, enum_words<FvdConvention>(), "there are")));
    extractors.push_back(i3d_features(parsed["fvd-weights"].as<std::string>(), *convention));
  }
  return extractors;
}

// Where the clips of a measurement are, and what they are called.
struct ClipPlace {
  fs::path folder;
  std::string label, source;
  std::int64_t seeds = 0;  // of each case; 0: all that are there
};

std::int64_t seeds_of(const cxxopts::ParseResult& parsed) {
  const auto seeds = parsed["seeds"].as<std::int64_t>();
  if (seeds < 1 || seeds > 1000) throw InputError(fmt::format("--seeds goes from 1 to 1000, found {}", seeds));
  return seeds;
}

ClipPlace make_clips(const cxxopts::ParseResult& parsed, const Bench& bench, const std::vector<BenchCase>& cases,
                     const fs::path& out, const ProgressOptions& progress, const Context& context) {
  const auto run = parsed["run"].as<std::string>();
  const std::string recipe = (fs::path(run) / "recipe.resolved.toml").string();
  if (!fs::exists(recipe)) throw InputError(fmt::format("'{}' is no run folder: it has no recipe.resolved.toml", run));
  LoadedRecipe loaded(recipe, {}, plugin_search(parsed));
  loaded.warn_of_changes(context.log);
  const c10::Device device = open_run_device(
      parsed.count("device") > 0 ? parsed["device"].as<std::string>() : loaded.recipe.config.run.device, OneProcess());
  at::set_num_threads(static_cast<int>(loaded.recipe.config.run.threads));
  const RunClipMaker maker(run, loaded.recipe, loaded.catalog,
                           parsed.count("variant") > 0 ? parsed["variant"].as<std::string>() : std::string(),
                           context.log, device);
  BenchClipsOrder order;
  order.out = out / "clips";
  order.seeds = seeds_of(parsed);
  order.model = fmt::format("variant '{}' with weights {} and recipe {}", maker.variant(), maker.weights_sha256(),
                            sha256_of_file(recipe));
  make_bench_clips(maker, bench, cases, order, context.stop, progress);
  return {order.out, maker.variant(), fmt::format("Variant '{}' of the run {}", maker.variant(), run), order.seeds};
}

// What decides on a checkpoint's clips: the options but for those that change no clip, in one order, and the files.
std::string model_text(const cxxopts::ParseResult& parsed) {
  const std::set<std::string> aside{"bench",          "out",         "cases",  "label",       "finder",
                                    "masks",          "features",    "json",   "quiet",       "seeds",
                                    "threads",        "vram-budget", "model",  "fid-weights", "fvd-weights",
                                    "fvd-convention", "transformer", "adapter"};
  std::map<std::string, std::string> given;
  for (const cxxopts::KeyValue& one : parsed.arguments()) {
    if (!aside.contains(one.key())) given[one.key()] += (given.contains(one.key()) ? " " : "") + one.value();
  }
  std::string text;
  for (const auto& [key, value] : given) text += fmt::format("{}={}, ", key, value);
  for (const char* key : {"model", "transformer", "adapter"}) {
    if (const std::string place = text_of(parsed, key); !place.empty())
      text += fmt::format("{} {} ({}), ", key, place, files_identity(place));
  }
  text.resize(text.size() - 2);
  return text;
}

ClipPlace make_model_clips(const cxxopts::ParseResult& parsed, const Bench& bench, const std::vector<BenchCase>& cases,
                           const fs::path& out, const ProgressOptions& progress, const Context& context) {
  PipelineRequest request = model_request(parsed);
  if (!request.frames) request.frames = bench.frames;
  request.skip_finished = true;
  request.progress = progress;
  BenchClipsOrder order;
  order.out = out / "clips";
  order.seeds = seeds_of(parsed);
  order.model = model_text(parsed);
  for (std::int64_t seed = 0; seed < order.seeds; ++seed) {
    const fs::path folder = order.out / fmt::format("seed-{}", seed);
    fs::create_directories(folder);
    for (const BenchCase& one : cases) {
      ClipCase clip;
      clip.image = bench.folder / one.image;
      clip.prompt = one.prompt;
      if (!request.adapter.empty()) clip.trajectory = bench.folder / one.trajectory;
      clip.seed = static_cast<std::uint64_t>(seed);
      clip.out = folder / one.id;
      request.cases.push_back(std::move(clip));
    }
  }
  request.finished = [](const ClipCase& clip, const ClipCost& cost) {
    if (cost.seconds <= 0) return;  // denoised by an earlier call, which took its time with it
    JsonWriter json;
    json.begin_object().field("seconds", cost.seconds);
    json.field("peak_memory_gib", static_cast<double>(cost.peak_memory) / (1 << 30)).end_object();
    write_file_atomically(clip.out.string() + ".json", json.text() + "\n");
  };
  const std::string model = request.model.folder.string();
  const Arithmetic arithmetic = request.arithmetic;
  Catalog catalog = builtin_catalog();
  PluginHost host(plugin_search(parsed));
  try {
    ClipMaker maker(std::move(request), catalog, host, context.log);
    claim_bench_clips(bench, order);  // not before all that was asked for is known to be right
    maker.run(context.stop);
  } catch (const c10::OutOfMemoryError&) {
    throw Error(out_of_memory_message(arithmetic));
  }
  const std::string name = fs::absolute(model).lexically_normal().filename().string();
  const std::string adapter = text_of(parsed, "adapter");
  return {order.out, name, fmt::format("Model {}{}", model, adapter.empty() ? "" : " with the adapter " + adapter),
          order.seeds};
}

}  // namespace

int flashbench_run(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion flashbench run", kBenchRunHelp);
  options
      .custom_help(
          "--bench DIR (--run RUN [--variant V] | --model DIR [--adapter FILE] | --generated DIR) --out DIR [OPTIONS]")
      .positional_help("");
  options.add_options()("bench", "benchmark folder", cxxopts::value<std::string>())(
      "run", "folder of a finished run that makes the clips", cxxopts::value<std::string>())(
      "variant", "of that run's recipe; default: the last", cxxopts::value<std::string>())(
      "seeds", "clips of each case that it makes; of --generated the first so many, default: all",
      cxxopts::value<std::int64_t>()->default_value("1"))(
      "generated", "folder of clips that are there: ID.mp4 or ID/00000.png, … of each case",
      cxxopts::value<std::string>())("out", "folder to write; clips that are there are kept",
                                     cxxopts::value<std::string>())("cases", "ids of cases, with commas; default: all",
                                                                    cxxopts::value<std::string>())(
      "label", "name of the model on tables and pages", cxxopts::value<std::string>())(
      "finder",
      "who finds the objects: flow, histogram, colours (toy world), or a TorchScript file; default: masks where they "
      "are given, colours for the toy world, else flow",
      cxxopts::value<std::string>())("masks", "masks of the generated clips: ID/00000.png, … as in a benchmark",
                                     cxxopts::value<std::string>())(
      "features", "TorchScript file that makes features for 'frechet'; default: built in",
      cxxopts::value<std::string>())("fid-weights", "weights of the standard Inception-v3, for 'fid' and 'kid'",
                                     cxxopts::value<std::string>())(
      "fvd-weights", "TorchScript of the standard I3D, for 'fvd'", cxxopts::value<std::string>())(
      "fvd-convention", fmt::format("how clips are brought to I3D: {}", quoted_list(enum_words<FvdConvention>())),
      cxxopts::value<std::string>()->default_value(enum_words<FvdConvention>().front()))("json", "print results.json")(
      "quiet", "no progress");
  add_model_options(options);
  add_plugin_options(options);
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const Bench bench = read_bench(required(*parsed, "bench", "the benchmark folder"));
  const fs::path out = required(*parsed, "out", "the folder to write");
  if (parsed->count("run") + parsed->count("generated") + parsed->count("model") != 1)
    throw InputError("say whose clips are measured: give one of --run, --model and --generated");
  if (parsed->count("model") == 0) refuse_model_options(*parsed);
  if (parsed->count("variant") > 0 && parsed->count("run") == 0)
    throw InputError("--variant names one of a run: give --run too, or leave it out");
  check_measurable(bench);
  const std::vector<BenchCase> cases = chosen_cases(bench, *parsed);
  BenchTools tools{finder_option(*parsed, bench), extractor_options(*parsed), out / "previews"};
  ProgressOptions progress;
  progress.quiet = parsed->count("quiet") > 0 || parsed->count("json") > 0;
  make_folder(out);
  ClipPlace place;
  if (parsed->count("run") > 0) {
    place = make_clips(*parsed, bench, cases, out, progress, context);
  } else if (parsed->count("model") > 0) {
    place = make_model_clips(*parsed, bench, cases, out, progress, context);
  } else {
    const fs::path folder = (*parsed)["generated"].as<std::string>();
    place = {folder, fs::absolute(folder).lexically_normal().filename().string(),
             fmt::format("Clips in {}", folder.string()), parsed->count("seeds") > 0 ? seeds_of(*parsed) : 0};
    if (place.label.empty()) place.label = "generated";
  }
  set_threads(*parsed);
  BenchResult result =
      measure_clips(bench, cases, {place.folder, text_of(*parsed, "masks"), out / "measured", place.seeds},
                    std::move(tools), context.stop, progress);
  result.label = parsed->count("label") > 0 ? text_of(*parsed, "label") : place.label;
  result.source = place.source;
  write_result(out, result);
  write_bench_report(out, result);
  if (parsed->count("json") > 0) {
    fmt::print("{}", result_text(result));
  } else {
    fmt::print("{}", bench_table(result));
    context.log.info("page: {}", (out / "report.html").string());
  }
  return 0;
}

}  // namespace flashmotion::cli
