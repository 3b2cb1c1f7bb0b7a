#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/bench/evaluation.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/any/any_discriminator_head.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/processes/processes.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/recipe.hpp"
#include "flashmotion/train/trainer.hpp"
#include "flashmotion/train/validation.hpp"

#include <c10/core/Device.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// A `[[sampler]]` of a recipe. The negative prompt is one row, [1, L, D], and undefined without guidance.
struct GuidedSampler {
  AnySampler sampler;
  Guidance guidance;
};

/// How an experiment runs its stages, besides what the recipe says.
struct StageOptions {
  bool skip_damaged = false;       // as of TrainOptions
  std::int64_t stops = 0;          // as of TrainOptions
  Processes* processes = nullptr;  // that work on the run together; null: one
  c10::Device device{c10::kCPU};   // where networks compute
};

/// The encoder of prompts that a recipe asks for; `folder` is the recipe's. Tokens are on the CPU; umt5 computes on
/// `device`.
[[nodiscard]] FLASHMOTION_EXPORT PromptEncoder prompt_encoder(const TextConfig& config,
                                                              const std::filesystem::path& folder,
                                                              const c10::Device& device = c10::kCPU);

/// A recipe at work in its run folder: makes the parts, runs the stages, loads what they left.
class FLASHMOTION_EXPORT Experiment {
 public:
  /// Builds dataset and codec. `folder` may hold an earlier start of the same recipe.
  Experiment(const Recipe& recipe, const Catalog& catalog, RunFolder& folder, const Logger& log,
             StageOptions options = {});
  Experiment(const Experiment&) = delete;
  Experiment& operator=(const Experiment&) = delete;

  [[nodiscard]] const Recipe& recipe() const { return recipe_; }
  [[nodiscard]] const BatchSource& data() const { return *data_; }
  [[nodiscard]] const RunFolder& folder() const { return folder_; }
  /// Where networks compute. All that the functions below give lies there.
  [[nodiscard]] const c10::Device& device() const { return options_.device; }

  /// Runs one stage, or takes over the checkpoint that it names. Nothing happens when it is finished.
  /// `drop` leaves objectives out; the result then lies in the folder `result_name(stage, drop)`.
  void run_stage(const StageConfig& stage, const std::vector<std::string>& drop, const StopFlag& stop,
                 const ProgressOptions& progress);

  /// Folder of a stage, or of a variant of it: `fast_adapter`, `fast_adapter.without.gan`.
  [[nodiscard]] static std::string result_name(const std::string& stage, const std::vector<std::string>& drop);

  /// The network that a finished stage left, frozen: its generator, or a distillation's `fake_score`. Who asks for it
  /// again while it lives gets the same one. Its weights are views of the stage's file on the CPU; elsewhere copies,
  /// the matrices of its blocks in the numbers that they are multiplied in.
  [[nodiscard]] AnyGenerator load_generator(const std::string& stage, const std::string& role = "generator") const;
  [[nodiscard]] AnyAdapter load_adapter(const std::string& result) const;
  /// The same as a network of its own, to be trained, in float32.
  [[nodiscard]] AnyGenerator copy_generator(const std::string& stage, const std::string& role = "generator") const;
  /// A network of its own with these weights.
  [[nodiscard]] AnyGenerator generator_of(const NamedTensors& weights) const;
  [[nodiscard]] AnyAdapter adapter_of(const NamedTensors& weights) const;
  [[nodiscard]] GuidedSampler make_sampler(const std::string& name) const;

 private:
  [[nodiscard]] BuildContext context(const std::string& part) const;
  [[nodiscard]] AnyGenerator new_generator(const std::string& part) const;
  /// Under the generator's names, views of the file.
  [[nodiscard]] NamedTensors weights_of(const std::string& stage, const std::string& role) const;
  [[nodiscard]] AnyAdapter built_adapter() const;
  [[nodiscard]] AnyAdapter new_adapter(const std::string& generator_stage) const;
  [[nodiscard]] std::unique_ptr<IStage> make_stage(const StageConfig& config,
                                                   const std::vector<std::string>& drop) const;
  [[nodiscard]] ObjectivesByTarget objectives(const StageConfig& config, const std::vector<std::string>& drop) const;
  /// Terms of a stage that have an alarm of their own.
  [[nodiscard]] static std::vector<WatchedTerm> watched_terms(const StageConfig& config,
                                                              const std::vector<std::string>& drop);
  void take_over(const StageConfig& stage);
  /// What a finished stage left, after a look for damage at the first time. Throws InputError.
  [[nodiscard]] SafetensorsFile whole_result(const std::string& result, const std::string& role) const;

  const Recipe& recipe_;
  const Catalog& catalog_;
  RunFolder& folder_;
  const Logger& log_;
  StageOptions options_;
  mutable std::map<std::string, AnyGenerator> frozen_;  // that the stage at work shares, by file
  mutable std::set<std::string> whole_;                 // results that were found as they were written
  GeneratorSpec spec_;
  std::unique_ptr<BatchSource> data_;
  Validation validation_{*this};
};

}  // namespace flashmotion
