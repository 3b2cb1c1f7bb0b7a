#include "flashmotion/train/plan.hpp"

#include "flashmotion/core/device.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/nn/numerics.hpp"
#include "flashmotion/plugin/registry.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/tree.hpp"
#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/parts.hpp"
#include "flashmotion/wan/dit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace flashmotion {
namespace plan_detail {

constexpr std::int64_t kBytes = 4;  // of a float32

// Values that a pass keeps of a token to go back, fitted to the allocator's peaks on toy-shaped stages of widths 64,
// 128 and 256. A frozen block keeps no inputs of its linear layers; attention keeps its softmax's sums only.
std::int64_t trained_block(const GeneratorSpec& spec) { return 22 * spec.width + 2 * spec.ffn_width; }
std::int64_t frozen_block(const GeneratorSpec& spec) { return 13 * spec.width + spec.ffn_width; }
std::int64_t ends(const GeneratorSpec& spec) { return 6 * spec.width + 8 * spec.latent_channels; }

std::int64_t count(const NamedTensors& tensors) {
  std::int64_t sum = 0;
  for (const NamedTensor& t : tensors) sum += t.tensor.numel();
  return sum;
}

// Values that a network keeps of a token, twice what its layers read; of layers in blocks that are checkpointed only
// what goes into the block.
struct Kept {
  std::int64_t all = 0, checkpointed = 0;
};
Kept operator+(const Kept& a, const Kept& b) { return {a.all + b.all, a.checkpointed + b.checkpointed}; }
Kept operator+(const Kept& a, std::int64_t both) { return {a.all + both, a.checkpointed + both}; }

Kept kept(const NamedTensors& tensors, const GeneratorSpec& spec) {
  constexpr std::string_view kWeight = ".weight";
  Kept sum;
  for (const NamedTensor& t : tensors) {
    if (!t.name.ends_with(kWeight) || t.tensor.dim() < 2) continue;
    sum.all += 2 * t.tensor.size(1);
    const std::string_view layer = std::string_view(t.name).substr(0, t.name.size() - kWeight.size());
    const bool inside = std::any_of(spec.linears.begin(), spec.linears.end(),
                                    [&](const LinearLayer& linear) { return linear.name == layer; });
    if (!inside) sum.checkpointed += 2 * t.tensor.size(1);
    if (inside && layer.ends_with("ffn.0")) sum.checkpointed += spec.width;
  }
  return sum;
}

class Planner {
 public:
  Planner(const Recipe& recipe, const Catalog& catalog) : recipe_(recipe), catalog_(catalog) {
    Diagnostics mistakes;
    const auto network = read_component<wan::DitConfig>(recipe.config.generator, mistakes);
    mistakes.throw_if_any();
    const wan::DitGenerator generator(network, nn::Storage::deferred);
    spec_ = generator.spec();
    generator_ = count(generator.named_tensors());
    plan_.tokens_per_clip = tokens();
    plan_.checkpointing = spec_.checkpointing;
    const std::string& device = recipe.config.run.device;
    plan_.on_gpu = device != "cpu" && (device != "auto" || gpu_count() > 0);
    count_adapter();
    count_head();
  }

  Plan run() {
    const RecipeConfig& config = recipe_.config;
    need("codec.load", config.codec.load);
    for (const StageConfig& stage : config.stage) {
      need("stage." + stage.name + ".load", stage.load);
      plan_.stages.push_back(planned(stage));
    }
    add_dropped();
    if (const TreeNode* file = config.codec.codec.resolved->child("checkpoint"))
      need("codec.checkpoint", std::string(file->string_value()));
    need("text.checkpoint", config.text.checkpoint);
    if (config.data.use != "toy_motion")
      plan_.files.push_back(
          existing("data.folder", std::string(config.data.resolved->child("folder")->string_value())));
    return std::move(plan_);
  }

 private:
  static BuildContext context(const GeneratorSpec& spec) {
    BuildContext made;
    made.generator = spec;
    return made;
  }

  std::int64_t tokens() const {
    const RecipeConfig& config = recipe_.config;
    const CodecExtent codec = extent_of(config.codec.codec);
    const ClipSpec clips = clips_of(config.data);
    const std::int64_t frames = 1 + (clips.frames - 1) / codec.group;
    const std::int64_t height = clips.height / codec.patch, width = clips.width / codec.patch;
    return (frames / spec_.patch[0]) * (height / spec_.patch[1]) * (width / spec_.patch[2]);
  }

  // An adapter has as much for each block of the generator, so two small ones tell of a large one.
  void count_adapter() {
    constexpr std::int64_t kLarge = 1'000'000'000, kFew = 2;
    const ComponentNode& table = recipe_.config.adapter;
    if (!table) return;
    const auto built = [&](const GeneratorSpec& spec) {
      const auto adapter = catalog_.adapters.make(table, context(spec));
      const NamedTensors tensors = adapter->named_tensors();
      edited_ = spec_.blocks;
      for (const Site& site : adapter->sites(spec_)) edited_ = std::min(edited_, first_after(site));
      return Adapter{count(tensors), kept(tensors, spec_)};
    };
    if (generator_ < kLarge || spec_.blocks <= 2 * kFew) {
      adapter_ = built(spec_);
      return;
    }
    const Adapter few = built(with_blocks(kFew)), more = built(with_blocks(2 * kFew));
    const auto whole = [&](std::int64_t a, std::int64_t b) { return a + (b - a) * (spec_.blocks - kFew) / kFew; };
    adapter_ = {whole(few.parameters, more.parameters),
                {whole(few.kept.all, more.kept.all), whole(few.kept.checkpointed, more.kept.checkpointed)}};
    plan_.counts_are_estimates = true;
  }

  // The first block that a loss reaches from the end when the adapter acts at this site.
  static std::int64_t first_after(const Site& site) {
    return site.kind == SiteKind::after_block ? site.block + 1 : site.block;
  }

  void count_head() {
    if (!recipe_.config.discriminator) return;
    const auto head = catalog_.heads.make(recipe_.config.discriminator->head, context(spec_));
    head_ = count(head->named_tensors());
    for (const std::int64_t block : head->tap_blocks(spec_)) features_ = std::max(features_, block + 1);
  }

  GeneratorSpec with_blocks(std::int64_t blocks) const {
    GeneratorSpec spec = spec_;
    spec.blocks = blocks;
    std::erase_if(spec.sites, [&](const Site& site) { return site.block >= blocks; });
    std::erase_if(spec.attention_sites, [&](const Site& site) { return site.block >= blocks; });
    std::erase_if(spec.linears, [&](const LinearLayer& layer) {
      constexpr std::string_view kBlocks = "blocks.";
      return layer.name.starts_with(kBlocks) && std::stoll(layer.name.substr(kBlocks.size())) >= blocks;
    });
    return spec;
  }

  // Variants that leave objectives out train a stage of their own, once for each set of objectives.
  void add_dropped() {
    for (const VariantConfig& variant : recipe_.config.variant) {
      if (variant.drop.empty()) continue;
      StageConfig stage = *recipe_.find_stage(variant.adapter);
      stage.name = Experiment::result_name(stage.name, variant.drop);
      stage.load.clear();
      std::erase_if(stage.objective, [&](const ObjectiveConfig& term) {
        return std::find(variant.drop.begin(), variant.drop.end(), term.name) != variant.drop.end();
      });
      const auto same = [&](const PlannedStage& other) { return other.name == stage.name; };
      if (std::none_of(plan_.stages.begin(), plan_.stages.end(), same)) plan_.stages.push_back(planned(stage));
    }
  }

  PlannedFile existing(std::string key, const std::string& file) const {
    std::error_code none;
    return {std::move(key), file, std::filesystem::exists(file, none)};
  }
  void need(std::string key, const std::string& file) {
    if (file.empty()) return;
    plan_.files.push_back(existing(std::move(key), (std::filesystem::path(recipe_.folder) / file).string()));
  }

  // So many blocks of a pass. Of checkpointed ones one at a time is there in full.
  Kept blocks(std::int64_t count, std::int64_t values) const {
    return {count * values, count * spec_.width + (count > 0 ? values : 0)};
  }
  Kept trained_pass() const { return blocks(spec_.blocks, trained_block(spec_)) + ends(spec_); }
  Kept adapter_pass() const {
    return blocks(spec_.blocks - edited_, frozen_block(spec_)) + ends(spec_) + adapter_.kept;
  }
  // Lies beside the adapter's pass, whose block stands for its own.
  Kept features_pass() const {
    return Kept{features_ * frozen_block(spec_), features_ * spec_.width} + 6 * spec_.width;
  }
  void set_activations(PlannedStage& stage, const Kept& values_a_token) const {
    const std::int64_t scale = kBytes * plan_.tokens_per_clip;
    PlannedMemory& memory = stage.memory;
    memory.kept_per_clip = scale * values_a_token.all;
    memory.checkpointed_per_clip = scale * values_a_token.checkpointed;
    memory.activations_per_clip = spec_.checkpointing ? memory.checkpointed_per_clip : memory.kept_per_clip;
  }

  void add(PlannedStage& stage, const char* name, std::int64_t parameters, const OptimiserConfig* optimiser,
           double ema) const {
    stage.roles.push_back({name, parameters, optimiser != nullptr});
    const std::int64_t bytes = kBytes * parameters;
    const bool narrow = optimiser != nullptr && weights_ == WeightNumbers::bf16;
    stage.memory.weights += narrow ? bytes / 2 : bytes;
    if (optimiser == nullptr) return;
    stage.memory.gradients += narrow ? bytes / 2 : bytes;
    // Muon keeps one momentum of a matrix, and nearly all parameters are in matrices.
    const std::int64_t momenta = optimiser->use == OptimiserKind::muon ? bytes : 2 * bytes;
    const bool elsewhere = plan_.on_gpu && optimiser->offload;
    const std::int64_t copy = narrow || elsewhere ? bytes : 0;  // in float32, which the steps go to
    (elsewhere ? stage.memory.host : stage.memory.optimiser) += momenta + copy;
    if (ema > 0.0) stage.memory.average += bytes;
  }

  // A generator whose weights are views of its file, or packed copies of them; on a GPU nearly all are in the numbers
  // that matrices are multiplied in.
  void add_frozen(PlannedStage& stage, const char* name) const {
    stage.roles.push_back({name, generator_, false});
    const FrozenConfig& how = recipe_.config.frozen;
    if (plan_.on_gpu) {
      const at::ScalarType computed = nn::numerics_of(spec_.regime).product;
      stage.memory.weights +=
          nn::streamed_bytes(spec_.blocks, generator_ / spec_.blocks,
                             {c10::kCUDA, computed, how.quantise, how.resident.value_or(spec_.blocks)});
      return;
    }
    if (how.quantise == nn::WeightFormat::plain)
      stage.memory.mapped += kBytes * generator_;
    else
      stage.memory.weights += generator_;
  }

  // A generator of a distillation, and its adapter where the stage distils one too.
  void add_both(const StageConfig& config, PlannedStage& stage, const char* name, const char* adapter_name,
                const OptimiserConfig* optimiser, double ema) const {
    add(stage, name, generator_, optimiser, ema);
    if (leaves_adapter(config)) add(stage, adapter_name, adapter_.parameters, optimiser, ema);
  }
  void distil(const StageConfig& config, PlannedStage& stage) const {
    const auto any = [&](auto&& wanted) {
      return std::any_of(config.objective.begin(), config.objective.end(), wanted);
    };
    add_both(config, stage, "generator", "adapter", &config.optimiser, config.ema);
    add_frozen(stage, "real_score");
    if (leaves_adapter(config)) add(stage, "real_adapter", adapter_.parameters, nullptr, 0.0);
    if (any([](const ObjectiveConfig& o) { return o.target == "fake_score"; })) {
      add_both(config, stage, "fake_score", "fake_adapter", &config.critic_optimiser, 0.0);
      stage.leaves.emplace_back("fake_score");
    }
    const bool average = config.consistency.target == ConsistencyTarget::average && config.ema > 0.0;
    if (average && any([](const ObjectiveConfig& o) { return o.objective.use == "lcm"; }))
      add_both(config, stage, "consistency_target", "target_adapter", nullptr, 0.0);
  }

  PlannedStage planned(const StageConfig& config) {
    weights_ = config.weights;
    PlannedStage stage;
    stage.name = config.name;
    stage.kind = config.use;
    stage.loaded = !config.load.empty();
    stage.steps = config.steps;
    stage.batch = config.batch;
    const bool generator = leaves_generator(config);
    stage.leaves = {generator ? "generator" : "adapter"};
    if (generator && leaves_adapter(config)) stage.leaves.emplace_back("adapter");
    if (stage.loaded) {
      stage.roles.push_back({stage.leaves.front(), generator ? generator_ : adapter_.parameters, false});
      stage.memory.weights = kBytes * stage.roles.front().parameters;
      return stage;
    }
    if (!config.generator.empty()) stage.takes.push_back("generator of " + config.generator);
    if (!config.adapter.empty()) stage.takes.push_back("adapter of " + config.adapter);
    switch (config.use) {
      case StageKind::pretrain:
        add(stage, "generator", generator_, &config.optimiser, config.ema);
        set_activations(stage, trained_pass());
        break;
      case StageKind::adapter:
        add_frozen(stage, "generator");
        add(stage, "adapter", adapter_.parameters, &config.optimiser, config.ema);
        set_activations(stage, adapter_pass());
        break;
      case StageKind::distil:
        distil(config, stage);
        // The latents of the way there stay beside the pass.
        set_activations(stage,
                        trained_pass() + Kept{ends(spec_), 0} + (leaves_adapter(config) ? adapter_.kept : Kept{}));
        break;
      case StageKind::hybrid: {
        const DiscriminatorConfig& discriminator = *recipe_.config.discriminator;
        const std::string& features =
            discriminator.features.empty() ? recipe_.config.stage.front().name : discriminator.features;
        add_frozen(stage, "generator");
        add(stage, "adapter", adapter_.parameters, &config.optimiser, config.ema);
        // One network where both are the same.
        if (features != config.generator || discriminator.features_role != FeatureRole::generator)
          add_frozen(stage, "features");
        add(stage, "discriminator", head_, &config.critic_optimiser, 0.0);
        stage.takes.push_back(fmt::format("{} of {}", to_string(discriminator.features_role), features));
        // The loss goes back through the features into the generator.
        set_activations(stage, adapter_pass() + features_pass());
        break;
      }
    }
    return stage;
  }

  const Recipe& recipe_;
  const Catalog& catalog_;
  GeneratorSpec spec_;
  struct Adapter {
    std::int64_t parameters = 0;
    Kept kept;
  };
  std::int64_t generator_ = 0, head_ = 0;
  Adapter adapter_;
  std::int64_t edited_ = 0;                      // the first block that an adapter's edits reach
  std::int64_t features_ = 0;                    // blocks that the discriminator's features take
  WeightNumbers weights_ = WeightNumbers::fp32;  // of the stage that is planned
  Plan plan_;
};

}  // namespace plan_detail

std::int64_t PlannedMemory::largest_batch(std::int64_t bytes) const {
  if (activations_per_clip <= 0) return 0;
  return std::max<std::int64_t>(0, (bytes - fixed()) / activations_per_clip);
}

Plan plan_recipe(const Recipe& recipe, const Catalog& catalog) { return plan_detail::Planner(recipe, catalog).run(); }

}  // namespace flashmotion
