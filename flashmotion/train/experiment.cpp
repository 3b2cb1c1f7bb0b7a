#include "flashmotion/train/experiment.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/core/peak_memory.hpp"
#include "flashmotion/data/latent_index.hpp"
#include "flashmotion/data/word_embedder.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/nn/numerics.hpp"
#include "flashmotion/recipe/tree.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/distil_stage.hpp"
#include "flashmotion/train/hybrid_stage.hpp"
#include "flashmotion/train/parts.hpp"
#include "flashmotion/train/plugin_place.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace flashmotion {
namespace fs = std::filesystem;
namespace experiment_detail {

// A network that is going to be trained, its weights in these numbers.
template <class Network>
Network held_in(WeightNumbers numbers, Network network) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& item : network.named_tensors()) item.tensor.set_data(item.tensor.to(scalar_type(numbers)));
  return network;
}

// All begin as what the stage starts from. A network that nothing asks for is not loaded.
DistilNetworks<AnyGenerator, AnyAdapter> distil_networks(const Experiment& experiment, const StageConfig& config,
                                                         ObjectivesByTarget& terms) {
  const auto own = [&] { return held_in(config.weights, experiment.copy_generator(config.generator)); };
  const auto adapter = [&]() -> std::optional<AnyAdapter> {
    if (config.adapter.empty()) return std::nullopt;
    return experiment.load_adapter(config.adapter);
  };
  DistilNetworks<AnyGenerator, AnyAdapter> networks{.student = own(),
                                                    .real = experiment.load_generator(config.generator)};
  const auto own_adapter = [&]() -> std::optional<AnyAdapter> {
    std::optional<AnyAdapter> made = adapter();
    return made ? std::optional(held_in(config.weights, *made)) : std::nullopt;
  };
  networks.student_adapter = own_adapter();
  networks.real_adapter = adapter();
  if (!terms["fake_score"].empty()) {
    networks.fake = own();
    networks.fake_adapter = own_adapter();
  }
  const bool average = config.consistency.target == ConsistencyTarget::average && config.ema > 0.0;
  if (average && terms["generator"].needs().contains(Quantity::consistency_target)) {
    networks.target = own();
    networks.target_adapter = adapter();
  }
  return networks;
}

// A network whose weights lie on the device.
template <class Network>
Network on(const c10::Device& device, Network network) {
  move_(network.named_tensors(), device);
  return network;
}

// Says of a stage that is too large for its device what helps.
template <class Call>
void within_memory(const std::string& stage, const c10::Device& device, Call call) {
  try {
    call();
  } catch (const c10::OutOfMemoryError&) {
    throw Error(fmt::format(
        "the stage '{}' does not fit into the memory of {} ({}). What helps: more micro-batches (accumulate), "
        "generator.checkpointing, frozen.quantise or frozen.resident, optimiser.offload; 'flashmotion plan' says what "
        "each takes. States that were saved stay: go on with --resume --allow-change",
        stage, device_name(device), device.str()));
  }
}

template <class Network>
Network frozen(Network network) {
  network.set_training(false);
  require_gradients(network.named_tensors(), false);
  return network;
}

}  // namespace experiment_detail

namespace {

// The latents of a store are what this recipe's networks take.
void expect_latents(const RecipeConfig& config) {
  const std::string folder(config.data.resolved->child("folder")->string_value());
  const LatentIndex index = read_latent_index(folder);
  const CodecExtent codec = extent_of(config.codec.codec);
  if (index.latent[0] == codec.channels && index.latent[2] == index.clips.height / codec.patch &&
      index.text == std::array{config.text.length, config.text.width}) {
    return;
  }
  throw InputError(
      fmt::format("'{}' holds latents of {} channels at 1/{} and texts of {} tokens of width {}; codec and text of the "
                  "recipe give {} channels at 1/{} and {} tokens of width {}: make latents with this recipe, by "
                  "'flashmotion cache'",
                  folder, index.latent[0], index.clips.height / index.latent[2], index.text[0], index.text[1],
                  codec.channels, codec.patch, config.text.length, config.text.width));
}

}  // namespace

PromptEncoder prompt_encoder(const TextConfig& config, const std::filesystem::path& folder, const c10::Device& device) {
  if (config.use == TextEncoderKind::words) return WordEmbedder({.width = config.width, .length = config.length});
  return open_umt5(folder / config.checkpoint, config.width, config.length, config.dtype, device);
}

Experiment::Experiment(const Recipe& recipe, const Catalog& catalog, RunFolder& folder, const Logger& log,
                       StageOptions options)
    : recipe_(recipe), catalog_(catalog), folder_(folder), log_(log), options_(options) {
  const RecipeConfig& config = recipe.config;
  std::vector<std::string> notes;
  AnyDataset dataset = make_dataset(config.data, notes);
  for (const std::string& note : notes) log.warning("{}", note);

  if (is_encoded(config.data)) expect_latents(config);
  const fs::path kept = folder.path() / "codec.safetensors";
  AnyCodec codec;
  if (fs::exists(kept)) {
    codec = load_codec(config.codec.codec, SafetensorsFile(kept).tensors(), recipe.folder, device());
  } else if (!config.codec.load.empty()) {
    codec = load_codec(config.codec.codec, SafetensorsFile(fs::path(recipe.folder) / config.codec.load).tensors(),
                       recipe.folder, device());
  } else {
    codec = make_codec(config.codec.codec, dataset, recipe.folder, device());
  }
  const NamedTensors fitted = codec.named_tensors();
  if (!fs::exists(kept) && !fitted.empty())
    write_safetensors(kept, fitted, {{"format", "flashmotion"}, {"role", "codec"}});
  spec_ = make_empty_generator(config.generator).spec();
  const auto trajectory = catalog.trajectory_encoders.make(config.trajectory, context("trajectory"));
  data_ = std::make_unique<BatchSource>(
      std::move(dataset), std::move(codec), prompt_encoder(config.text, recipe.folder, device()), config.text.negative,
      static_cast<std::uint64_t>(config.run.seed), AnyTrajectoryEncoder(trajectory), device());
  if (!device().is_cpu()) log.info("networks compute on {} ({})", device_name(device()), device().str());
  log.info("numeric regime of the generator: {}", to_string(spec_.regime));
}

BuildContext Experiment::context(const std::string& part) const {
  BuildContext context;
  context.generator = spec_;
  context.seed = mix_seed(static_cast<std::uint64_t>(recipe_.config.run.seed), part, 0);
  return context;
}

AnyGenerator Experiment::new_generator(const std::string& part) const {
  return experiment_detail::on(
      device(),
      make_generator(recipe_.config.generator, mix_seed(static_cast<std::uint64_t>(recipe_.config.run.seed), part, 0)));
}

AnyAdapter Experiment::built_adapter() const {
  BuildContext where = context("adapter");
  where.device = device();
  return experiment_detail::on(device(), AnyAdapter(catalog_.adapters.make(recipe_.config.adapter, where)));
}

AnyAdapter Experiment::new_adapter(const std::string& generator_stage) const {
  AnyAdapter adapter = built_adapter();
  adapter.initialise_from(weights_of(generator_stage, "generator"));
  return adapter;
}

SafetensorsFile Experiment::whole_result(const std::string& result, const std::string& role) const {
  const fs::path file = folder_.result_file(result, role);
  SafetensorsFile opened(file);
  if (whole_.contains(file.string())) return opened;
  const std::string problem = seal_damage(file);
  if (!problem.empty()) {
    throw InputError(fmt::format("{}; remove the folder '{}', and --resume trains that stage anew", problem,
                                 file.parent_path().string()));
  }
  whole_.insert(file.string());
  return opened;
}

NamedTensors Experiment::weights_of(const std::string& stage, const std::string& role) const {
  const at::NoGradGuard no_grad;
  const SafetensorsFile file = whole_result(stage, role);
  NamedTensors tensors = make_empty_generator(recipe_.config.generator).named_tensors();
  for (NamedTensor& item : tensors) {
    const Tensor stored = file.contains(item.name) ? file.tensor(item.name) : Tensor();
    if (!stored.defined() || stored.sizes() != item.tensor.sizes() || !at::isFloatingType(stored.scalar_type())) {
      throw InputError(
          fmt::format("'{}' does not hold the generator of this recipe: the tensor '{}' is missing or has "
                      "another shape",
                      file.path().string(), item.name));
    }
    item.tensor = stored;
  }
  return tensors;
}

AnyGenerator Experiment::load_generator(const std::string& stage, const std::string& role) const {
  const at::NoGradGuard no_grad;
  const std::string file = folder_.result_file(stage, role).string();
  if (const auto held = frozen_.find(file); held != frozen_.end()) return held->second;
  wan::DitGenerator dit = make_empty_generator(recipe_.config.generator);
  const NamedTensors targets = dit.named_tensors(), weights = weights_of(stage, role);
  const FrozenConfig& how = recipe_.config.frozen;
  const at::ScalarType computed = nn::numerics_of(spec_.regime).product;
  std::shared_ptr<nn::BlockStream> stream;
  if (how.quantise != nn::WeightFormat::plain || how.resident) {
    stream = std::make_shared<nn::BlockStream>(
        spec_.blocks, nn::BlockStreamOptions{device(), computed, how.quantise, how.resident.value_or(spec_.blocks)});
  }
  const auto map = std::make_shared<const MappedFile>(whole_result(stage, role).file());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    targets[i].tensor.set_data(weights[i].tensor);
    const std::int64_t block = nn::BlockStream::block_of(targets[i].name, targets[i].tensor);
    if (stream != nullptr && block >= 0) {
      stream->add(block, targets[i].tensor, map);
    } else if (!device().is_cpu()) {
      const Tensor moved = weights[i].tensor.to(device());
      targets[i].tensor.set_data(block >= 0 ? moved.to(computed) : moved);
    }
  }
  dit.stream_blocks(std::move(stream));
  return frozen_[file] = experiment_detail::frozen(AnyGenerator(dit));
}

AnyGenerator Experiment::copy_generator(const std::string& stage, const std::string& role) const {
  const at::NoGradGuard no_grad;
  const wan::DitGenerator dit = make_empty_generator(recipe_.config.generator);
  const NamedTensors targets = dit.named_tensors(), weights = weights_of(stage, role);
  for (std::size_t i = 0; i < targets.size(); ++i)
    targets[i].tensor.set_data(weights[i].tensor.to(device(), at::kFloat, /*non_blocking=*/false, /*copy=*/true));
  return experiment_detail::frozen(AnyGenerator(dit));
}

AnyAdapter Experiment::load_adapter(const std::string& result) const {
  AnyAdapter adapter = built_adapter();
  load_into(whole_result(result, "adapter"), adapter.named_tensors());
  return experiment_detail::frozen(std::move(adapter));
}

AnyGenerator Experiment::generator_of(const NamedTensors& weights) const {
  AnyGenerator generator = new_generator("loaded");
  copy_values(weights, generator.named_tensors());
  return experiment_detail::frozen(std::move(generator));
}

AnyAdapter Experiment::adapter_of(const NamedTensors& weights) const {
  AnyAdapter adapter = built_adapter();
  copy_values(weights, adapter.named_tensors());
  return experiment_detail::frozen(std::move(adapter));
}

GuidedSampler Experiment::make_sampler(const std::string& name) const {
  for (const SamplerConfig& config : recipe_.config.sampler) {
    if (config.name != name) continue;
    GuidedSampler made{AnySampler(catalog_.samplers.make(config.sampler, context("sampler"))),
                       {.scale = config.guidance}};
    if (config.high_noise) {
      made.guidance.high_scale = config.high_noise->guidance;
      made.guidance.boundary = config.high_noise->boundary;
    }
    if (made.guidance.active()) made.guidance.negative = data_->negative_text(1);
    return made;
  }
  throw Error(fmt::format("no sampler is named '{}'", name));
}

std::string Experiment::result_name(const std::string& stage, const std::vector<std::string>& drop) {
  std::string name = stage;
  for (std::size_t i = 0; i < drop.size(); ++i) name += (i == 0 ? ".without." : ".") + drop[i];
  return name;
}

ObjectivesByTarget Experiment::objectives(const StageConfig& config, const std::vector<std::string>& drop) const {
  std::map<std::string, std::vector<WeightedObjective>> lists;
  for (const ObjectiveConfig& objective : config.objective) {
    if (std::find(drop.begin(), drop.end(), objective.name) != drop.end()) continue;
    const ComponentNode& schedule = objective.weight.component;
    AnyWeightSchedule weight = ConstantWeight{objective.weight.number};
    if (schedule) weight = AnyWeightSchedule(catalog_.schedules.make(schedule, context("schedule")));
    lists[objective.target].push_back(
        {objective.name, AnyObjective(catalog_.objectives.make(objective.objective, context("objective"))),
         std::move(weight), objective.every, objective.from,
         objective.until.value_or(std::numeric_limits<std::int64_t>::max())});
  }
  ObjectivesByTarget stacks;
  for (auto& [target, list] : lists) stacks.emplace(target, ObjectiveStack(std::move(list)));
  return stacks;
}

std::unique_ptr<IStage> Experiment::make_stage(const StageConfig& config, const std::vector<std::string>& drop) const {
  const auto seed = static_cast<std::uint64_t>(recipe_.config.run.seed);
  const SampleShares shares{config.accumulate, options_.processes};
  ObjectivesByTarget terms = objectives(config, drop);
  const FewStep student({.steps = config.student_steps, .shift = config.student_shift, .warp = true});
  switch (config.use) {
    case StageKind::pretrain:
    case StageKind::adapter: {
      const bool adapter = config.use == StageKind::adapter;
      ObjectiveStack& trained = terms[adapter ? "adapter" : "generator"];
      std::optional<MaskHead> head;
      if (trained.needs().contains(Quantity::mask_logits))
        head = experiment_detail::on(device(), MaskHead(spec_, config.mask_block));
      return std::make_unique<DenoisingStage<AnyGenerator, AnyAdapter>>(
          DenoisingSettings{config.name, seed, config.steps, config.batch, config.mask_steps, config.timesteps,
                            config.optimiser, config.ema,
                            std::vector<double>(student.sigmas().begin(), student.sigmas().end()), shares},
          *data_,
          adapter ? load_generator(config.generator)
                  : experiment_detail::held_in(config.weights, new_generator("generator")),
          adapter ? std::optional(experiment_detail::held_in(config.weights, new_adapter(config.generator)))
                  : std::nullopt,
          std::move(trained), std::move(head));
    }
    case StageKind::distil: {
      DistilNetworks<AnyGenerator, AnyAdapter> networks = experiment_detail::distil_networks(*this, config, terms);
      return std::make_unique<DistilStage<AnyGenerator, AnyAdapter, AnySampler>>(
          DistilSettings{config.name, seed, config.steps, config.batch, config.update_ratio, config.real_guidance,
                         config.timesteps, config.optimiser, config.critic_optimiser, config.ema, config.consistency,
                         config.student_shift, shares},
          *data_, std::move(networks), AnySampler(student), std::move(terms));
    }
    case StageKind::hybrid:
      break;
  }
  const DiscriminatorConfig& discriminator = *recipe_.config.discriminator;
  BuildContext where = context("discriminator");
  where.device = device();
  return std::make_unique<HybridStage<AnyGenerator, AnyAdapter, AnyDiscriminatorHead, AnySampler>>(
      // Variants of a stage see the same clips and the same noise.
      HybridSettings{config.name, seed, config.steps, config.batch, config.update_ratio, config.timesteps,
                     config.perturbation, config.optimiser, config.critic_optimiser, config.ema,
                     config.diffusion_timesteps, shares},
      *data_, load_generator(config.generator),
      experiment_detail::held_in(config.weights, load_adapter(config.adapter)),
      load_generator(discriminator.features.empty() ? recipe_.config.stage.front().name : discriminator.features,
                     std::string(to_string(discriminator.features_role))),
      experiment_detail::on(device(), AnyDiscriminatorHead(catalog_.heads.make(discriminator.head, where))),
      AnySampler(student), std::move(terms));
}

std::vector<WatchedTerm> Experiment::watched_terms(const StageConfig& config, const std::vector<std::string>& drop) {
  std::vector<WatchedTerm> watched;
  for (const ObjectiveConfig& term : config.objective) {
    if (std::find(drop.begin(), drop.end(), term.name) != drop.end()) continue;
    if (term.target == "fake_score") watched.push_back({term.name, std::nullopt});
    if (term.target != "discriminator" || term.objective.use != "discriminator") continue;
    const ConfigNode* keys = term.objective.resolved.get();
    const ConfigNode* loss = keys != nullptr ? keys->child("loss") : nullptr;
    const ConfigNode* relativistic = keys != nullptr ? keys->child("relativistic") : nullptr;
    const double each = loss != nullptr && loss->string_value() == "hinge" ? 1.0 : std::log(2.0);
    watched.push_back({term.name, relativistic != nullptr && relativistic->boolean_value() ? each : 2.0 * each});
  }
  return watched;
}

void Experiment::take_over(const StageConfig& stage) {
  const bool adapter = stage.use == StageKind::adapter || stage.use == StageKind::hybrid;
  const char* role = adapter ? "adapter" : "generator";
  const fs::path file = fs::path(recipe_.folder) / stage.load;
  NamedTensors targets;
  if (!adapter && is_wan_checkpoint(file)) {
    targets = wan_transformer(file, {}, generator_config(recipe_.config.generator));
  } else {
    targets = adapter ? AnyAdapter(catalog_.adapters.make(recipe_.config.adapter, context("adapter"))).named_tensors()
                      : make_generator(recipe_.config.generator, 0).named_tensors();
    load_into(SafetensorsFile(file), targets);
  }
  write_sealed_safetensors(folder_.result_file(stage.name, role), targets,
                           {{"format", "flashmotion"}, {"stage", stage.name}, {"role", role}});
  write_file_atomically(folder_.stage_file(stage.name, "done.json").string(),
                        "{\n  \"steps\": 0,\n  \"seconds\": 0\n}\n");
  log_.info("{}: taken from {}", stage.name, file.string());
}

void Experiment::run_stage(const StageConfig& stage, const std::vector<std::string>& drop, const StopFlag& stop,
                           const ProgressOptions& progress) {
  const std::string name = result_name(stage.name, drop);
  OneProcess alone;
  Processes& processes = options_.processes == nullptr ? alone : *options_.processes;
  const auto is_there = [&]() -> std::string {
    if (folder_.finished(name)) return "finished";
    if (!drop.empty() || stage.load.empty()) return "";
    take_over(stage);
    return "taken over";
  };
  if (!told_by_first(processes, is_there).empty()) return;
  frozen_.clear();
  const RunConfig& run = recipe_.config.run;
  if (device().is_cuda()) forget_peak_memory(device());
  experiment_detail::within_memory(name, device(), [&] {
    const auto trained = with_place([&] { return fmt::format("building the stage '{}'", name); },
                                    [&] { return make_stage(stage, drop); });
    train_stage(*trained,
                {name, stage.steps, run.log_every, run.save_every, run.keep_last, run.gradient_every,
                 options_.skip_damaged, options_.stops, recipe_.config.health, watched_terms(stage, drop),
                 validation_.of(stage, name, processes.first())},
                {folder_, stop, progress, &log_, options_.processes});
  });
  if (device().is_cuda())
    log_.info("{}: at most {} bytes of the GPU's memory were in use", name, peak_memory(device()));
  frozen_.clear();
}

}  // namespace flashmotion
