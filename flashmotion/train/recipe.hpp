#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/data/word_embedder.hpp"
#include "flashmotion/nn/packed_weight.hpp"
#include "flashmotion/plugin/registry.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/train/health.hpp"
#include "flashmotion/train/plugin_record.hpp"
#include "flashmotion/train/stage_config.hpp"
#include "flashmotion/train/validation_config.hpp"
#include "flashmotion/train/wan_parts.hpp"
#include "flashmotion/wan/negative_prompt.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// One recipe is one experiment: the parts, the stages in order, the variants to evaluate.

namespace flashmotion {

struct RunConfig {
  std::int64_t seed = 0;
  std::int64_t threads = 2;
  std::string device = "cpu";
  std::int64_t log_every = 10;
  std::int64_t save_every = 100;
  std::int64_t keep_last = 2;
  std::int64_t gradient_every = 0;
  std::int64_t preview_clips = 4;

  static void fields(auto& f, auto& c) {
    f("seed", c.seed, AtLeast{0}, "seed of everything that is random");
    f("threads", c.threads, Range{1, 1024}, "threads of the CPU; another number may change the last bits of a result");
    f("device", c.device,
      "where networks compute: cpu, cuda, cuda:NUMBER, or auto, a GPU where there is one; of several processes each "
      "takes its own GPU");
    f("log_every", c.log_every, AtLeast{1}, "steps between two lines of metrics");
    f("save_every", c.save_every, AtLeast{1}, "steps between two saved states of a stage");
    f("keep_last", c.keep_last, Range{1, 1000}, "saved states of a stage that stay until it is finished");
    f("gradient_every", c.gradient_every, AtLeast{0},
      "steps between two measurements of each term's gradient, a backward pass a term; 0: none");
    f("preview_clips", c.preview_clips, Range{1, 64}, "clips in the preview of a stage");
  }
  void validate(auto& check) const {
    if (!is_device_name(device)) check.error("device", "'device' must be cpu, cuda, cuda:NUMBER or auto");
  }
};

/// How networks are held that a stage uses and does not train.
struct FrozenConfig {
  nn::WeightFormat quantise = nn::WeightFormat::plain;
  std::optional<std::int64_t> resident;

  static void fields(auto& f, auto& c) {
    f("quantise", c.quantise, Choices<nn::WeightFormat>{},
      "numbers in which the matrices of their blocks are stored; anything but plain needs generator.checkpointing");
    f("resident", c.resident, Range{0, 1024},
      "blocks that stay on the device, the others come to it when they are run; all when it is not given");
  }
};

struct CodecConfig {
  ComponentNode codec{.use = "linear"};
  std::string load;

  static void fields(auto& f, auto& c) {
    f.component(c.codec, "codec");
    f("load", c.load, "fitted codec, relative to the recipe; empty: fit it to the data");
  }
};

/// Who turns prompts into tokens.
enum class TextEncoderKind {
  words,  // a fixed random vector for each word, of the toy world
  umt5,   // the text encoder of a Wan checkpoint
};

template <>
struct EnumNames<TextEncoderKind> {
  static constexpr std::array values{std::pair{TextEncoderKind::words, std::string_view("words")},
                                     std::pair{TextEncoderKind::umt5, std::string_view("umt5")}};
};

struct TextConfig {
  TextEncoderKind use = TextEncoderKind::words;
  std::string checkpoint;
  WeightNumbers dtype = WeightNumbers::bf16;
  std::int64_t width = 32;
  std::int64_t length = 8;
  std::string negative{wan::kNegativePrompt};

  static void fields(auto& f, auto& c) {
    f("use", c.use, Choices<TextEncoderKind>{}, "who turns prompts into tokens");
    f("checkpoint", c.checkpoint, "folder of a Wan checkpoint for umt5, relative to the recipe");
    f("dtype", c.dtype, Choices<WeightNumbers>{}, "numbers that umt5 computes in");
    f("width", c.width, Range{1, 65536}, "numbers a token");
    f("length", c.length, Range{1, 4096}, "tokens a prompt");
    f("negative", c.negative, "prompt that guidance leads away from; Wan's own when it is not given");
  }
};

/// Whose hidden states the discriminator reads, of the networks that a stage leaves.
enum class FeatureRole {
  generator,   // of any stage that makes one: the slow generator, or the fast one
  fake_score,  // of a distillation
};

template <>
struct EnumNames<FeatureRole> {
  static constexpr std::array values{std::pair{FeatureRole::generator, std::string_view("generator")},
                                     std::pair{FeatureRole::fake_score, std::string_view("fake_score")}};
};

struct DiscriminatorConfig {
  ComponentNode head;
  std::string features;
  FeatureRole features_role = FeatureRole::generator;

  static void fields(auto& f, auto& c) {
    f.component(c.head, "discriminator head");
    f("features", c.features, "stage whose network, frozen, gives the features; the first stage when empty");
    f("features_role", c.features_role, Choices<FeatureRole>{}, "which network of that stage");
  }
};

struct HighNoiseConfig {
  double guidance = 4.0;
  double boundary = 0.875;

  static void fields(auto& f, auto& c) {
    f("guidance", c.guidance, AtLeast{0.0}, "guidance at the boundary and above it");
    f("boundary", c.boundary, Range{0.0, 1.0}, "noise level");
  }
};

struct SamplerConfig {
  std::string name;
  ComponentNode sampler;
  double guidance = 1.0;
  std::optional<HighNoiseConfig> high_noise;

  static void fields(auto& f, auto& c) {
    f("name", c.name, required, "what variants call it");
    f("guidance", c.guidance, AtLeast{0.0}, "classifier-free guidance, which takes two passes a step; 1: none");
    f("high_noise", c.high_noise, "another guidance at high noise levels, for models of two experts");
    f.component(c.sampler, "sampler");
  }
};

struct VariantConfig {
  std::string name;
  std::string generator;
  std::string adapter;
  std::vector<std::string> drop;
  std::string sampler;

  static void fields(auto& f, auto& c) {
    f("name", c.name, required, "name in results.json");
    f("generator", c.generator, required, "stage whose generator makes the clips");
    f("adapter", c.adapter, "stage whose adapter controls it; empty: none");
    f("drop", c.drop, "objectives of that adapter's stage to leave out; it is then trained on its own");
    f("sampler", c.sampler, required, "name of a sampler");
  }
};

struct EvaluationConfig {
  std::int64_t cases = 24;
  std::vector<std::int64_t> groups{1, 2, 3};
  std::int64_t seed = 20260312;
  std::int64_t sampling_seeds = 2;
  std::int64_t reference_clips = 512;
  std::int64_t batch = 24;

  static void fields(auto& f, auto& c) {
    f("cases", c.cases, Range{1, 100000}, "clips of each group");
    f("groups", c.groups, Range{1, 64}, "numbers of objects");
    f("seed", c.seed, AtLeast{0}, "seed of the cases; the same whatever the run's seed is");
    f("sampling_seeds", c.sampling_seeds, Range{1, 64}, "samples of each case");
    f("reference_clips", c.reference_clips, Range{2, 1000000}, "real clips that the Frechet distance compares with");
    f("batch", c.batch, Range{1, 65536}, "clips at once");
  }
};

enum class Relation {
  better,    // the whole interval of the difference is on the right side of 0
  no_worse,  // the whole interval is on the right side of -margin
};

template <>
struct EnumNames<Relation> {
  static constexpr std::array values{std::pair{Relation::better, std::string_view("better")},
                                     std::pair{Relation::no_worse, std::string_view("no_worse")}};
};

struct ExpectationConfig {
  std::string variant;
  Relation is = Relation::better;
  std::string than;
  std::string metric;
  double margin = 0.0;

  static void fields(auto& f, auto& c) {
    f("variant", c.variant, required, "variant of which something is expected");
    f("is", c.is, Choices<Relation>{}, "what is expected");
    f("than", c.than, required, "variant that it is compared with");
    f("metric", c.metric, required,
      OneOf{{"box_iou", "mask_iou", "frechet", "sharpness", "colour_drift", "centre_error"}},
      "figure that is compared");
    f("margin", c.margin, AtLeast{0.0}, "what counts as no worse, in units of the metric");
  }
};

struct RecipeConfig {
  RunConfig run;
  HealthConfig health;
  ComponentNode data;
  CodecConfig codec;
  TextConfig text;
  ComponentNode generator{.use = "wan_dit"};
  FrozenConfig frozen;
  ComponentNode trajectory{.use = "fill"};
  ComponentNode adapter;
  std::optional<DiscriminatorConfig> discriminator;
  PluginsConfig plugins;
  std::vector<StageConfig> stage;
  std::vector<SamplerConfig> sampler;
  std::vector<VariantConfig> variant;
  ValidationConfig validation;
  EvaluationConfig evaluation;
  std::vector<ExpectationConfig> expectation;

  static void fields(auto& f, auto& c) {
    f("run", c.run, "how the run is carried out");
    f("health", c.health, "alarms of a training, and what is done when one is raised");
    f("data", c.data, required, "where clips come from: toy_motion, clip_folder or latents");
    f("codec", c.codec, "between pixels and latents: linear or wan_vae");
    f("text", c.text, "features of the prompt's words");
    f("generator", c.generator, "the diffusion network: wan_dit");
    f("frozen", c.frozen, "how networks are held that a stage does not train");
    f("trajectory", c.trajectory, "how boxes and masks are drawn as control maps: fill, or a plugin's word");
    f("adapter", c.adapter, "what makes it follow a trajectory; a plugin's word");
    f("discriminator", c.discriminator, "head of the diffusion discriminator; a plugin's word");
    f("plugins", c.plugins, "plugin files");
    f("stage", c.stage, "what is trained, in order");
    f("sampler", c.sampler, "named ways to sample");
    f("variant", c.variant, "what is evaluated");
    f("validation", c.validation, "figures, previews and alarms of fixed clips while a stage is trained");
    f("evaluation", c.evaluation, "cases and metrics");
    f("expectation", c.expectation, "orderings of variants that the results are held against");
  }
};

/// A recipe that was read and found right, with all that keeps its borrowed tables alive.
struct FLASHMOTION_EXPORT Recipe {
  std::unique_ptr<TomlDocument> document;
  RecipeConfig config;
  std::string folder;               // of the recipe file; files that it names are relative to it
  std::string resolved;             // canonical text with all defaults; read in the same folder it gives the same run
  std::vector<PluginInfo> plugins;  // that were loaded for it
  std::vector<std::string> plugin_changes;  // sentences: how they differ from those that the recipe records

  Recipe();
  Recipe(Recipe&&) noexcept;
  Recipe& operator=(Recipe&&) noexcept;
  ~Recipe();

  [[nodiscard]] const StageConfig* find_stage(std::string_view name) const;
  /// `resolved` for a file in another folder: the files that it names are found from there.
  [[nodiscard]] std::string resolved_in(const std::string& other_folder) const;
};

/// Reads and checks a recipe with everything that it names; plugins that bring its components are loaded, no tensor is
/// built. Throws RecipeError with all mistakes at once.
[[nodiscard]] FLASHMOTION_EXPORT Recipe read_recipe(const std::string& path, std::span<const std::string> overrides,
                                                    Catalog& catalog, PluginHost& host);
/// The same of a document that is there already; files that it names are relative to `folder`.
[[nodiscard]] FLASHMOTION_EXPORT Recipe read_recipe(TomlDocument document, std::string folder,
                                                    std::span<const std::string> overrides, Catalog& catalog,
                                                    PluginHost& host);

/// What is built in: objectives, samplers, weight schedules, a trajectory encoder. Adapters and heads come from
/// plugins.
[[nodiscard]] FLASHMOTION_EXPORT Catalog builtin_catalog();

}  // namespace flashmotion
