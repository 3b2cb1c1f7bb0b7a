#include "flashmotion/pipeline/prepared_clip.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/pipeline/clip_output.hpp"
#include "flashmotion/pipeline/latent_file.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"
#include "flashmotion/trajectory/retime.hpp"
#include "flashmotion/wan/negative_prompt.hpp"
#include "flashmotion/wan/prompt_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace flashmotion {
namespace prepared_clip_detail {

namespace fs = std::filesystem;

constexpr std::int64_t kFewSteps = 4;

// A sampler's table. Steps and shift are left out where they were not asked for and the sampler knows no such key.
TreeNode::Ptr sampler_table(const std::string& use, const PipelineRequest& request, std::int64_t steps, double shift,
                            const Catalog& catalog) {
  const auto* record = catalog.samplers.find(use);
  const std::vector<ParameterDoc> known =
      record != nullptr && record->entry.describe != nullptr ? record->entry.describe() : std::vector<ParameterDoc>{};
  const auto knows = [&](const char* key) {
    return std::any_of(known.begin(), known.end(), [&](const ParameterDoc& doc) { return doc.key == key; });
  };
  TreeNode::Ptr table = TreeNode::make_table();
  table->set_label(fmt::format("the sampler '{}'", use));
  table->put("use", TreeNode::make_string(use));
  if (request.steps || knows("steps")) table->put("steps", TreeNode::make_integer(steps));
  if (request.shift || knows("shift")) table->put("shift", TreeNode::make_floating(shift));
  for (const std::string& key : request.sampler_keys) {
    const auto sign = key.find('=');
    TreeNode::Ptr value = sign == std::string::npos ? nullptr : parse_toml_value(key.substr(sign + 1), {});
    if (!value) {
      throw InputError(fmt::format("--set '{}' is no KEY=VALUE of the sampler, such as timesteps=\"bfloat16\"", key));
    }
    table->put(key.substr(0, sign), std::move(value));
  }
  return table;
}

void in_range(const char* what, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw InputError(fmt::format("--{} is {}, and must be {} to {}", what, value, least, most));
}

PixelSize size_of(const Tensor& rgb) { return {rgb.size(1), rgb.size(0)}; }

// Pictures that were looked at, by file: many clips may begin alike.
class Pictures {
 public:
  struct Seen {
    PixelSize size;
    std::string digest;
  };
  const Seen& look(const fs::path& file) {
    const auto found = seen_.find(file);
    if (found != seen_.end()) return found->second;
    return seen_.emplace(file, Seen{size_of(read_image_rgb8(file)), sha256_of_file(file.string())}).first->second;
  }

 private:
  std::map<fs::path, Seen> seen_;
};

fs::path whole_path(const fs::path& path) {
  std::error_code none;
  const fs::path whole = fs::weakly_canonical(path, none);
  return none ? path : whole;
}

// All that decides on a clip's numbers.
std::string digest_of(const PipelineRequest& request, const ClipSettings& settings, const PreparedClip& clip,
                      std::string_view picture, std::string_view adapter) {
  const Arithmetic& arithmetic = request.arithmetic;
  JsonWriter json(0);
  json.begin_object().field("model", whole_path(request.model.folder).string());
  json.field("transformer", request.model.transformer.empty() ? "" : whole_path(request.model.transformer).string());
  json.field("weights", request.model.weights).field("adapter", adapter).field("picture", picture);
  json.field("prompt", clip.prompt).field("negative", settings.guided() ? settings.negative : "");
  json.field("trajectory", clip.trajectory ? trajectory_text(*clip.trajectory) : "");
  json.field("size", size_text(clip.size)).field("frames", settings.frames).field("seed", clip.asked.seed);
  json.field("sampler", settings.sampler_text).field("guidance", settings.guidance);
  json.field("high", settings.guidance_high_noise).field("dtype", c10::toString(arithmetic.dtype));
  json.field("regime", to_string(arithmetic.regime)).field("vae_dtype", c10::toString(arithmetic.vae_dtype));
  if (request.memory.format != nn::WeightFormat::plain) json.field("quantise", to_string(request.memory.format));
  json.field("device", arithmetic.device.is_cpu() ? "cpu" : "cuda").end_object();
  return sha256_hex(json.text());
}

// A size that follows a picture is of the kind that the model was made for.
void warn_of_shape(const WanFolder& folder, const std::optional<PixelSize>& size, std::int64_t frames,
                   const Logger& log) {
  if (size && std::find(folder.sizes.begin(), folder.sizes.end(), *size) == folder.sizes.end()) {
    log.warning("the model was made for clips of {} and {}; at {} it may do worse", size_text(folder.sizes[0]),
                size_text(folder.sizes[1]), size_text(*size));
  }
  if (frames > folder.preset.frames) {
    log.warning("the model was made for {} frames; with {} it may do worse", folder.preset.frames, frames);
  }
}

bool holds(const fs::path& latents, const std::string& inputs, const Logger& log) {
  std::error_code none;
  if (!fs::exists(latents, none)) return false;
  try {
    if (read_latents(latents).inputs == inputs) return true;
  } catch (const InputError& problem) {
    log.warning("{}; the clip is made anew", problem.what());
    return false;
  }
  log.info("'{}' is of other settings; the clip is made anew", latents.string());
  return false;
}

// Looks at what is given for each clip.
class Preparer {
 public:
  Preparer(const PipelineRequest& request, const WanFolder& folder, const ClipSettings& settings,
           std::string_view adapter, const Logger& log)
      : request_(request), folder_(folder), settings_(settings), adapter_(adapter), log_(log) {}

  PreparedClip prepare(const ClipCase& asked) {
    if (!request_.plan_only) check_output(asked.out);
    PreparedClip clip;
    clip.asked = asked;
    clip.prompt = asked.prompt;
    clip.size = request_.size.value_or(folder_.sizes.front());
    const std::string picture = asked.image.empty() ? std::string() : take_picture(clip);
    check_clip_shape(clip.size, settings_.frames, folder_.cell());
    take_trajectory(clip);
    if (clip.prompt.empty() && !request_.plan_only) throw InputError("a clip needs words: give --prompt");
    wan::check_prompt_bytes(clip.prompt);
    clip.latents = latents_beside(asked.out);
    clip.inputs = digest_of(request_, settings_, clip, picture, adapter_);
    clip.denoised = holds(clip.latents, clip.inputs, log_);
    return clip;
  }

 private:
  // Returns the picture's digest.
  std::string take_picture(PreparedClip& clip) {
    const fs::path& file = clip.asked.image;
    if (!folder_.takes_image) {
      throw InputError(
          fmt::format("'{}' makes clips from text alone, and '{}' is given as the first frame; leave --image out, or "
                      "take a TI2V model",
                      folder_.files.folder.string(), file.string()));
    }
    const Pictures::Seen& seen = pictures_.look(file);
    const PixelSize& usual = folder_.sizes.front();
    if (!request_.size) clip.size = fitted_size(seen.size, folder_.cell(), usual.width * usual.height, file.string());
    return seen.digest;
  }

  void take_trajectory(PreparedClip& clip) {
    const fs::path& file = clip.asked.trajectory;
    if (file.empty() && adapter_.empty()) return;
    if (file.empty()) {
      throw InputError(fmt::format("the adapter '{}' needs to be told where objects are; give --trajectory",
                                   request_.adapter.string()));
    }
    if (adapter_.empty()) {
      throw InputError(fmt::format("'{}' is given and no adapter that follows it; give --adapter", file.string()));
    }
    Trajectory trajectory = read_trajectory(file);
    if (trajectory.frames != settings_.frames) {
      if (retimed_from_.insert(trajectory.frames).second) {
        log_.info("'{}' has {} frames and the clip {}: its motion is spread over these", file.string(),
                  trajectory.frames, settings_.frames);
      }
      trajectory = retimed(trajectory, settings_.frames);
    }
    (void)boxes(trajectory, settings_.frames);  // what is wrong with them is told now
    if (clip.prompt.empty()) clip.prompt = prompt(trajectory);
    clip.trajectory = std::move(trajectory);
  }

  const PipelineRequest& request_;
  const WanFolder& folder_;
  const ClipSettings& settings_;
  std::string_view adapter_;
  const Logger& log_;
  Pictures pictures_;
  std::set<std::int64_t> retimed_from_;  // that were told
};

}  // namespace prepared_clip_detail

ClipSettings settings_of(const PipelineRequest& request, const WanFolder& folder, Catalog& catalog, PluginHost& host,
                         const Logger& log) {
  using namespace prepared_clip_detail;
  ClipSettings settings;
  settings.frames = request.frames.value_or(folder.preset.frames);
  settings.fps = request.fps.value_or(static_cast<double>(folder.preset.fps));
  settings.negative = request.negative.value_or(std::string(wan::kNegativePrompt));
  wan::check_prompt_bytes(settings.negative);
  const std::string use = !request.sampler.empty() ? request.sampler : folder.few_step ? "few_step" : "unipc";
  const bool few = use == "few_step";
  if (folder.few_step && request.sampler.empty()) {
    log.info(
        "'{}' is a few-step checkpoint: {} steps of few_step, no guidance; --sampler, --steps and --cfg change that",
        folder.files.transformer.string(), request.steps.value_or(kFewSteps));
  }
  const std::int64_t steps = request.steps.value_or(few ? kFewSteps : folder.preset.steps);
  const double shift = request.shift.value_or(folder.preset.shift);
  in_range("steps", static_cast<double>(steps), 1, 1000);
  in_range("shift", shift, 0.01, 100);
  in_range("fps", settings.fps, 0.1, 1000);
  const double none = 1.0;
  settings.guidance = request.guidance.value_or(few ? none : folder.preset.guidance);
  settings.guidance_high_noise = request.guidance.value_or(few ? none : folder.preset.guidance_high_noise);
  in_range("cfg", settings.guidance, 0, 100);
  settings.boundary = folder.preset.boundary;
  (void)host.provide(ComponentKind::sampler, use, catalog);
  const TreeNode::Ptr table = sampler_table(use, request, steps, shift, catalog);
  ComponentNode node;
  node.use = use;
  node.table = table.get();
  settings.sampler = AnySampler(catalog.samplers.make(node, {}));
  settings.sampler_text = to_toml(*table);
  return settings;
}

std::vector<PreparedClip> prepare_clips(const PipelineRequest& request, const WanFolder& folder,
                                        const ClipSettings& settings, std::string_view adapter, const Logger& log) {
  using namespace prepared_clip_detail;
  if (request.size) check_clip_shape(*request.size, settings.frames, folder.cell());
  Preparer preparer(request, folder, settings, adapter, log);
  std::vector<PreparedClip> clips;
  std::error_code none;
  for (const ClipCase& asked : request.cases) {
    if (request.skip_finished && fs::exists(asked.out, none)) continue;
    try {
      clips.push_back(preparer.prepare(asked));
    } catch (InputError& problem) {
      if (request.cases.size() > 1) problem.add_context(fmt::format("looking at the clip '{}'", asked.out.string()));
      throw;
    }
  }
  if (!clips.empty()) warn_of_shape(folder, request.size, settings.frames, log);
  if (clips.size() < request.cases.size()) {
    log.info("{} of {} clips are there already", request.cases.size() - clips.size(), request.cases.size());
  }
  return clips;
}

}  // namespace flashmotion
