#include "flashmotion/train/runner.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/report/report.hpp"
#include "flashmotion/train/cases.hpp"
#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "flashmotion/train/preview.hpp"
#include "flashmotion/train/recipe_changes.hpp"
#include "flashmotion/train/run_device.hpp"
#include "flashmotion/train/sampling.hpp"
#include "flashmotion/train/stage_digest.hpp"
#include "flashmotion/train/stage_store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace flashmotion {
namespace fs = std::filesystem;
namespace runner_detail {

constexpr double kPreviewFps = 6.0;

// A run goes on with the plugins that it was started with.
void check_plugins(const Recipe& recipe, const RunOptions& options, const Logger& log) {
  const auto recorded = read_plugins_record(fs::path(options.out) / "recipe.resolved.toml");
  const std::vector<std::string> changes = plugin_changes(recorded, recipe.plugins);
  if (changes.empty()) return;
  if (!options.other_plugins) {
    throw InputError(
        fmt::format("'{}' was started with other plugins: {}; go on with the same files, choose another folder with "
                    "--out, or accept the change by --other-plugins",
                    options.out, fmt::join(changes, "; ")));
  }
  for (const std::string& change : changes) log.warning("{}", change);
}

// Every process has the same number of a batch's clips.
void check_batches(const Recipe& recipe, const Processes& processes) {
  const std::int64_t size = processes.size();
  for (const StageConfig& stage : recipe.config.stage) {
    if (!stage.load.empty() || stage.batch % size == 0) continue;
    const std::int64_t below = stage.batch / size * size;
    throw InputError(
        fmt::format("the stage '{}' has the batch {}, which {} processes cannot share evenly; set it to {}{}",
                    stage.name, stage.batch, size, below > 0 ? fmt::format("{} or ", below) : "", below + size));
  }
}

void check_recipes(const Recipe& recipe, const RunOptions& options, Processes& processes) {
  check_batches(recipe, processes);
  const auto recipes = [](const std::string& one, const std::string& other) -> std::string {
    const std::vector<std::string> keys = recipe_changes(one, other).keys;
    if (keys.empty()) return "has other plugin files than the first; start all with the same";
    return fmt::format("has another recipe than the first; start all with the same:\n  {}", fmt::join(keys, "\n  "));
  };
  expect_agreement(processes, recipe.resolved_in(options.out) + plugins_record(recipe.plugins, options.out), recipes);
  const auto folders = [](const std::string& one, const std::string& other) {
    return fmt::format("has the run folder '{}', and the first has '{}'; start all with the same --out", other, one);
  };
  expect_agreement(processes, fs::weakly_canonical(fs::absolute(options.out)).string(), folders);
}

RunAccess access(const RunOptions& options) {
  if (!options.resume) return RunAccess::create;
  return options.allow_change ? RunAccess::change : RunAccess::resume;
}

// Stages, variants and evaluation of one recipe, in order.
class Runner {
 public:
  Runner(const Recipe& recipe, const Catalog& catalog, const RunOptions& options, const StopFlag& stop,
         const Logger& log)
      : recipe_(recipe),
        options_(options),
        stop_(stop),
        log_(log),
        processes_(options.processes == nullptr ? alone_ : *options.processes),
        device_(options.device ? *options.device : open_run_device(recipe.config.run.device, processes_)) {
    check_recipes(recipe, options, processes_);
    check_devices(processes_, device_);
    if (const std::string how = processes_.open_sums(device_); !how.empty()) log.info("gradients: {}", how);
    by_first(processes_, [&] { open(catalog, access(options)); });
    if (processes_.first()) return;
    if (!fs::exists(fs::path(options.out) / "recipe.resolved.toml")) {
      throw InputError(
          fmt::format("process {} of {} does not see the run folder '{}' that the first one made; put it "
                      "on a file system that all machines share",
                      processes_.rank(), processes_.size(), options.out));
    }
    open(catalog, RunAccess::read);
  }

  Results run(const PluginHost& host) {
    if (processes_.first()) write_plugins(host);
    if (processes_.first() && needs_cases()) {
      fixed_ =
          draw_cases(recipe_, experiment().data(), recipe_.config.evaluation.cases, recipe_.config.evaluation.seed);
    }
    for (const StageConfig& stage : recipe_.config.stage) {
      run_stage(stage, {});
      if (!options_.stages_only) by_first(processes_, [&] { preview(stage); });
    }
    for (const VariantConfig& variant : recipe_.config.variant) {
      if (!variant.drop.empty()) run_stage(*recipe_.find_stage(variant.adapter), variant.drop);
    }
    Results results;
    if (!options_.stages_only && !recipe_.config.variant.empty()) by_first(processes_, [&] { results = evaluate(); });
    return results;
  }

 private:
  void open(const Catalog& catalog, RunAccess how) {
    folder_.emplace(options_.out, recipe_.resolved_in(options_.out) + plugins_record(recipe_.plugins, options_.out),
                    how);
    experiment_ =
        std::make_unique<Experiment>(recipe_, catalog, *folder_, log_,
                                     StageOptions{options_.skip_damaged, options_.stops, options_.processes, device_});
    for (const std::string& change : folder_->changes())
      log_.warning("{}: the recipe is another than at the start: {}", options_.out, change);
  }
  [[nodiscard]] Experiment& experiment() const { return *experiment_; }

  // Clips are drawn where something of them is going to be shown or measured.
  [[nodiscard]] bool needs_cases() const {
    const auto shown = [](const StageConfig& stage) { return !stage.preview.empty(); };
    const auto& stages = recipe_.config.stage;
    return !options_.stages_only &&
           (!recipe_.config.variant.empty() || std::any_of(stages.begin(), stages.end(), shown));
  }

  // Once for each digest, whatever runs share the store and at what time.
  void run_stage(const StageConfig& stage, const std::vector<std::string>& drop) {
    const auto run = [&] { experiment().run_stage(stage, drop, stop_, options_.progress); };
    if (options_.store.empty()) return run();
    const std::string name = Experiment::result_name(stage.name, drop);
    const StageStore store(options_.store);
    std::string inputs, digest;
    std::optional<StageStore::Claim> claim;
    const auto is_there = [&]() -> std::string {
      if (folder_->finished(name)) return "finished";
      inputs = stage_inputs(recipe_, stage, drop);
      // Sums are rounded otherwise, as with other threads.
      if (!processes_.alone()) inputs += fmt::format("processes = {}\n", processes_.size());
      if (!device_.is_cpu()) inputs += fmt::format("device = \"{}\"\n", device_name(device_));
      digest = sha256_hex(inputs);
      claim.emplace(store.claim(digest));
      if (!store.take(digest, *folder_, name)) return "";
      log_.info("{}: the same was trained before, {}", name, digest.substr(0, 12));
      return "taken";
    };
    if (!told_by_first(processes_, is_there).empty()) return;
    run();
    if (processes_.first()) store.keep(digest, inputs, *folder_, name);
  }

  void write_plugins(const PluginHost& host) {
    JsonWriter json(2);
    json.begin_array();
    for (const PluginInfo& plugin : host.loaded()) {
      json.begin_object().field("name", plugin.name).field("version", plugin.version);
      json.field("sha256", plugin.sha256).end_object();
    }
    json.end_array();
    write_file_atomically((folder_->path() / "plugins.json").string(), json.text() + "\n");
  }

  void preview(const StageConfig& stage) {
    const fs::path sheet = folder_->stage_file(stage.name, "preview.png");
    if (stage.preview.empty() || fs::exists(sheet)) return;
    const Tensor rows = shown_rows();
    const LatentBatch part = rows_of(fixed_.batch, rows);
    ProgressBar bar(fmt::format("{} preview", stage.name), rows.size(0), options_.progress);
    const SampledClips clips = with_place(
        [&] { return fmt::format("sampling the preview of the stage '{}'", stage.name); },
        [&] {
          return sample_clips(
              experiment().load_generator(leaves_generator(stage) ? stage.name : stage.generator),
              leaves_adapter(stage) ? std::optional(experiment().load_adapter(stage.name)) : std::nullopt,
              experiment().make_sampler(stage.preview), part, sampling_seed(recipe_.config.evaluation.seed, 0),
              rows.size(0), stop_, bar, experiment().device());
        });
    const ClipBatch real = rows_of(fixed_.cases.clips, rows);
    const Tensor control = experiment().data().control_maps(real, ControlKind::box);
    const LabelledClips shown{{stage.name, decode(clips.latents)}};
    look_at(stage, shown.back().second, real.video);
    write_preview_video(folder_->stage_file(stage.name, "preview.mp4"), real, control, shown, rows.size(0),
                        kPreviewFps);
    write_contact_sheet(sheet, real, control, shown, rows.size(0));
  }

  // The stage is over, so nothing can be lowered or taken back: every policy but `stop` is a warning.
  void look_at(const StageConfig& stage, const Tensor& clips, const Tensor& real) {
    for (const Alarm& alarm : clip_alarms(recipe_.config.health, clips, real)) {
      JsonWriter json;
      json.begin_object().field("stage", stage.name).field("step", stage.steps).field("alarm", alarm.name);
      const bool stops = alarm.policy == AlarmPolicy::stop;
      json.field("policy", to_string(stops ? AlarmPolicy::stop : AlarmPolicy::warn)).field("text", alarm.text);
      folder_->append_alarm(json.end_object().text());
      if (stops) {
        throw Error(fmt::format("preview of the stage '{}': alarm '{}': {}; [health] says what an alarm does",
                                stage.name, alarm.name, alarm.text));
      }
      log_.warning("preview of the stage '{}': {}: {}", stage.name, alarm.name, alarm.text);
    }
  }

  Tensor decode(const Tensor& latents) const { return decode_clips(experiment().data(), latents); }
  Tensor shown_rows() const { return preview_rows(fixed_, recipe_.config.run.preview_clips); }

  // Latents of a variant, one tensor a sampling seed; from disk when an earlier start made them.
  std::vector<Tensor> sample_variant(const VariantConfig& variant, VariantScores& cost) {
    fs::create_directories(folder_->path() / "evaluation");
    const fs::path file = folder_->path() / "evaluation" / (variant.name + ".safetensors");
    const fs::path cost_file = folder_->path() / "evaluation" / (variant.name + ".json");
    const std::int64_t samples = recipe_.config.evaluation.sampling_seeds;
    if (!fs::exists(file) || !fs::exists(cost_file)) {
      NamedTensors latents;
      ProgressBar bar(fmt::format("{} sampling", variant.name), samples * fixed_.cases.clips.size(), options_.progress);
      for (std::int64_t s = 0; s < samples; ++s) {
        const SampledClips clips = sample_clips(
            experiment().load_generator(variant.generator),
            variant.adapter.empty()
                ? std::nullopt
                : std::optional(experiment().load_adapter(Experiment::result_name(variant.adapter, variant.drop))),
            experiment().make_sampler(variant.sampler), fixed_.batch, sampling_seed(recipe_.config.evaluation.seed, s),
            recipe_.config.evaluation.batch, stop_, bar, experiment().device());
        latents.push_back({fmt::format("sample.{}", s), clips.latents});
        cost.passes_per_clip = clips.passes_per_clip;
        cost.seconds_per_clip += clips.seconds / static_cast<double>(samples * fixed_.cases.clips.size());
      }
      write_safetensors(file, latents, {{"format", "flashmotion"}, {"variant", variant.name}});
      JsonWriter json(2);
      json.begin_object().field("passes_per_clip", cost.passes_per_clip);
      json.field("seconds_per_clip", cost.seconds_per_clip).end_object();
      write_file_atomically(cost_file.string(), json.text() + "\n");
    }
    const auto kept = nlohmann::json::parse(read_file(cost_file.string()));
    cost.passes_per_clip = kept.at("passes_per_clip").get<std::int64_t>();
    cost.seconds_per_clip = kept.at("seconds_per_clip").get<double>();
    std::vector<Tensor> videos;
    const SafetensorsFile stored(file);
    for (std::int64_t s = 0; s < samples; ++s) videos.push_back(decode(stored.tensor(fmt::format("sample.{}", s))));
    return videos;
  }

  Results evaluate() {
    const EvaluationConfig& config = recipe_.config.evaluation;
    const Evaluator evaluator =
        make_evaluator(recipe_, experiment().data(), fixed_.cases, config.reference_clips, config.seed);

    Results results;
    results.seed = recipe_.config.run.seed;
    results.adapter = recipe_.config.adapter.use;
    write_cases(folder_->path() / "evaluation" / "cases", rows_of(fixed_.cases.clips, shown_rows()), kPreviewFps);
    LabelledClips shown;
    const Tensor rows = shown_rows();
    const ClipBatch real = rows_of(fixed_.cases.clips, rows);
    const Tensor control = experiment().data().control_maps(real, ControlKind::box);
    for (const VariantConfig& variant : recipe_.config.variant) {
      VariantScores cost;
      const std::vector<Tensor> videos =
          with_place([&] { return fmt::format("sampling the variant '{}'", variant.name); },
                     [&] { return sample_variant(variant, cost); });
      VariantScores scores = evaluator.measure(videos);
      scores.passes_per_clip = cost.passes_per_clip;
      scores.seconds_per_clip = cost.seconds_per_clip;
      log_.info("{:<16} box IoU {:.3f}  mask IoU {:.3f}  Frechet {:7.2f}  sharpness {:.2f}  passes {}", variant.name,
                scores.overall.box_iou, scores.overall.mask_iou, scores.overall.frechet, scores.overall.sharpness,
                scores.passes_per_clip);
      shown.emplace_back(variant.name, videos.front().index_select(0, rows));
      write_preview_video(folder_->path() / "evaluation" / (variant.name + ".mp4"), real, control,
                          {{variant.name, shown.back().second}}, rows.size(0), kPreviewFps);
      results.variants.emplace_back(variant.name, std::move(scores));
    }
    results.floors.emplace_back("real", evaluator.measure({fixed_.cases.clips.video}));
    results.floors.emplace_back("codec", evaluator.measure({decode(fixed_.batch.clean)}));
    judge_expectations(evaluator, results);
    for (const auto& entry : fs::directory_iterator(folder_->path() / "stages")) {
      const std::string name = entry.path().filename().string();
      results.stage_seconds.emplace_back(name, stage_seconds(*folder_, name));
    }
    std::sort(results.stage_seconds.begin(), results.stage_seconds.end());
    if (!shown.empty()) {
      write_contact_sheet(folder_->path() / "evaluation" / "sheet.png", real, control, shown, rows.size(0));
    }
    write_file_atomically((folder_->path() / "results.json").string(), results_json(results));
    write_report(folder_->path().string());
    return results;
  }

  void judge_expectations(const Evaluator& evaluator, Results& results) {
    const auto find = [&](const std::string& name) -> const VariantScores& {
      return std::find_if(results.variants.begin(), results.variants.end(),
                          [&](const auto& v) { return v.first == name; })
          ->second;
    };
    for (const ExpectationConfig& e : recipe_.config.expectation) {
      Verdict verdict{e.variant, std::string(to_string(e.is)), e.than, e.metric, e.margin, {}, {}};
      verdict.advantage = evaluator.advantage(e.metric, find(e.variant), find(e.than));
      verdict.verdict = judge(verdict.advantage, e.is == Relation::no_worse, e.margin);
      results.verdicts.push_back(std::move(verdict));
    }
  }

  const Recipe& recipe_;
  const RunOptions& options_;
  const StopFlag& stop_;
  const Logger& log_;
  OneProcess alone_;
  Processes& processes_;
  c10::Device device_;
  std::optional<RunFolder> folder_;
  std::unique_ptr<Experiment> experiment_;
  FixedCases fixed_;
};

}  // namespace runner_detail

Results run_recipe(const Recipe& recipe, const Catalog& catalog, const PluginHost& host, const RunOptions& options,
                   const StopFlag& stop, const Logger& log) {
  const bool first = options.processes == nullptr || options.processes->first();
  if (options.resume && first) runner_detail::check_plugins(recipe, options, log);
  return runner_detail::Runner(recipe, catalog, options, stop, log).run(host);
}

}  // namespace flashmotion
