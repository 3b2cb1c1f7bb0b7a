#include "flashmotion/cli/child.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/report/ablation_report.hpp"
#include "flashmotion/train/ablation.hpp"
#include "flashmotion/train/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <thread>

namespace flashmotion::cli {
namespace ablate_detail {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

/// Bytes that a run takes by its plan: of its largest stage, and of the program itself.
std::int64_t memory_of(const Recipe& recipe, const Catalog& catalog) {
  constexpr std::int64_t kProgram = 400'000'000;
  std::int64_t most = 0;
  for (const PlannedStage& stage : plan_recipe(recipe, catalog).stages)
    most = std::max(most, stage.memory.total(stage.batch));
  return most + kProgram;
}

/// Reads the recipe with the changes of each variant. Returns the bytes that each takes. Throws InputError with the
/// mistakes of all.
std::vector<std::int64_t> check_all(const Ablation& ablation, const PluginSearch& search) {
  std::string mistakes;
  std::set<std::string> measured;
  std::vector<std::int64_t> bytes;
  for (const AblationVariant& variant : ablation.variants) {
    try {
      const LoadedRecipe loaded(ablation.recipe, variant.changes, search);
      for (const VariantConfig& row : loaded.recipe.config.variant) measured.insert(row.name);
      bytes.push_back(memory_of(loaded.recipe, loaded.catalog));
    } catch (const InputError& problem) {
      mistakes += fmt::format("{}variant '{}':\n{}", mistakes.empty() ? "" : "\n", variant.name, problem.what());
    }
  }
  if (!mistakes.empty()) throw InputError(mistakes);
  // A variant may drop what others are measured by, but one must have it.
  for (const std::string& name : ablation.report)
    if (measured.count(name) == 0)
      throw InputError(fmt::format("'report' names '{}', which is no variant of the recipe", name));
  return bytes;
}

/// How many runs go on at a time.
struct Room {
  std::size_t jobs = 1;
  std::int64_t memory = 0;               // of the machine, in bytes
  std::vector<std::int64_t> of_variant;  // what a run of each takes
};

/// What a run said last, as the reason of its failure: a line and those below that are indented.
std::string last_words(const std::string& file) {
  std::ifstream log(file);
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (line.empty()) continue;
    const std::size_t begin = line.find_first_not_of(' ');
    last = begin == 0 || last.empty() ? line : fmt::format("{}, {}", last, line.substr(std::min(begin, line.size())));
  }
  return last;
}

/// All runs of an ablation, as many at a time as there is room for.
class Runs {
 public:
  Runs(const Ablation& ablation, fs::path out, Texts common, Room room, const Context& context)
      : ablation_(ablation),
        out_(std::move(out)),
        common_(std::move(common)),
        room_(std::move(room)),
        context_(context) {
    fs::create_directories(out_ / "logs");
    // Seed by seed: a look into the table after the first round shows all variants.
    for (const std::int64_t seed : ablation.seeds)
      for (const AblationVariant& variant : ablation.variants)
        runs_.push_back({variant.name, seed, fmt::format("runs/{}/seed_{}", variant.name, seed), "not started"});
  }

  [[nodiscard]] const std::vector<AblationRun>& all() const { return runs_; }

  void carry_out() {
    std::size_t next = 0;
    while (next < runs_.size() || !active_.empty()) {
      while (next < runs_.size() && has_room(next) && !context_.stop.requested()) start(next++);
      if (context_.stop.requested()) return stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      collect();
    }
  }

 private:
  struct Active {
    std::size_t run;
    std::unique_ptr<Child> child;
  };

  [[nodiscard]] std::string log_of(const AblationRun& run) const {
    return (out_ / "logs" / fmt::format("{}.seed_{}.log", run.variant, run.seed)).string();
  }

  // Runs are in order of variants within a seed.
  [[nodiscard]] std::int64_t bytes_of(std::size_t run) const { return room_.of_variant[run % room_.of_variant.size()]; }

  // One run at least goes on, whatever it takes.
  [[nodiscard]] bool has_room(std::size_t run) {
    if (active_.empty()) return true;
    if (active_.size() >= room_.jobs) return false;
    std::int64_t taken = bytes_of(run);
    for (const Active& active : active_) taken += bytes_of(active.run);
    if (taken <= room_.memory) return true;
    if (!told_) {
      context_.log.warning(
          "{} runs at a time would take {:.1f} GB by their plans, and the machine has {:.1f} GB; fewer go on at a time",
          active_.size() + 1, static_cast<double>(taken) / 1e9, static_cast<double>(room_.memory) / 1e9);
      told_ = true;
    }
    return false;
  }

  void start(std::size_t i) {
    const AblationRun& run = runs_[i];
    const auto variant = std::find_if(ablation_.variants.begin(), ablation_.variants.end(),
                                      [&](const AblationVariant& v) { return v.name == run.variant; });
    Texts arguments{"run",     ablation_.recipe,           "--out",  (out_ / run.folder).string(), "--resume",
                    "--store", (out_ / "stages").string(), "--quiet"};
    for (const std::string& change : variant->changes) {
      const bool drops = change.starts_with(kDropPrefix);
      arguments.push_back(drops ? "--drop" : "--set");
      arguments.push_back(drops ? change.substr(kDropPrefix.size()) : change);
    }
    arguments.push_back("--set");
    arguments.push_back(fmt::format("run.seed={}", run.seed));
    arguments.insert(arguments.end(), common_.begin(), common_.end());
    context_.log.info("[{}/{}] {}, seed {}", i + 1, runs_.size(), run.variant, run.seed);
    active_.push_back({i, std::make_unique<Child>(arguments, log_of(run))});
  }

  void collect() {
    for (Active& active : active_) {
      if (!active.child->ended()) continue;
      AblationRun& run = runs_[active.run];
      const int code = active.child->code();
      run.failure = code == 0 ? "" : fmt::format("exit code {}: {}", code, last_words(log_of(run)));
      if (code != 0) {
        context_.log.error("{}, seed {} failed ({}); the rest goes on. All it said: {}", run.variant, run.seed,
                           run.failure, log_of(run));
      }
      active.child.reset();
    }
    std::erase_if(active_, [](const Active& active) { return active.child == nullptr; });
  }

  // Each finishes its step and saves.
  void stop() {
    for (const Active& active : active_) active.child->signal(context_.stop.signal());
    for (Active& active : active_)
      while (!active.child->ended()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    active_.clear();
    context_.stop.throw_if_stopped();
  }

  const Ablation& ablation_;
  fs::path out_;
  Texts common_;
  Room room_;
  bool told_ = false;  // that memory limits the runs
  const Context& context_;
  std::vector<AblationRun> runs_;
  std::vector<Active> active_;
};

/// Options that each run is given as they are.
Texts common_options(const cxxopts::ParseResult& parsed) {
  Texts options;
  for (const char* name : {"plugin", "plugin-dir"}) {
    for (const std::string& value : list_of(parsed, name)) {
      options.push_back(fmt::format("--{}", name));
      options.push_back(value);
    }
  }
  if (parsed.count("allow-writable-plugins") > 0) options.emplace_back("--allow-writable-plugins");
  return options;
}

}  // namespace ablate_detail

int ablate_command(std::span<char* const> arguments, const Context& context) {
  using namespace ablate_detail;
  cxxopts::Options options("flashmotion ablate",
                           "Runs variants of a recipe over several seeds and puts their results into one table. Stages "
                           "that variants share are trained once. Started again, it goes on where it stopped.");
  options.custom_help("GRID.toml [OPTIONS]").positional_help("");
  options.add_options()("grid", "ablation file", cxxopts::value<std::string>())(
      "out", "folder of the ablation; default: runs/NAME-OF-THE-FILE", cxxopts::value<std::string>())(
      "jobs", "runs at a time, fewer where their plans would take more memory than there is",
      cxxopts::value<std::size_t>()->default_value("1"))("memory",
                                                         "gigabytes that runs may take together; 0: the machine's",
                                                         cxxopts::value<double>()->default_value("0"))(
      "set", "change a key for all variants; may be given again", cxxopts::value<Texts>())(
      "report", "only write table and page of what is there");
  add_plugin_options(options);
  options.parse_positional("grid");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const std::string file = required(*parsed, "grid", "the ablation file");
  Ablation ablation = read_ablation(file);
  for (AblationVariant& variant : ablation.variants)
    for (const std::string& change : list_of(*parsed, "set")) variant.changes.push_back(change);
  const std::size_t jobs = (*parsed)["jobs"].as<std::size_t>();
  if (jobs < 1 || jobs > 256) throw InputError("--jobs is a number from 1 to 256");
  const auto memory = static_cast<std::int64_t>((*parsed)["memory"].as<double>() * 1e9);
  if (memory < 0) throw InputError("--memory is a number of gigabytes");
  Room room{jobs, memory > 0 ? memory : device_memory(c10::kCPU), check_all(ablation, plugin_search(*parsed))};

  const fs::path out = parsed->count("out") > 0 ? fs::path((*parsed)["out"].as<std::string>())
                                                : fs::path("runs") / fs::path(file).stem();
  Runs runs(ablation, out, common_options(*parsed), std::move(room), context);
  std::vector<AblationRun> done;
  if (parsed->count("report") > 0) {
    done = runs.all();
    for (AblationRun& run : done)
      if (fs::exists(out / run.folder / "results.json")) run.failure.clear();
  } else {
    runs.carry_out();
    done = runs.all();
  }
  fmt::print("{}", write_ablation(out.string(), done, ablation.report));
  context.log.info("report: {}", (out / "ablation.html").string());
  const bool good = std::all_of(done.begin(), done.end(), [](const AblationRun& run) { return run.failure.empty(); });
  return good ? 0 : 1;
}

}  // namespace flashmotion::cli
