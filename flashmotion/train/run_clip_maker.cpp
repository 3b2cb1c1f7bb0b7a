#include "flashmotion/train/run_clip_maker.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "flashmotion/train/run_folder.hpp"
#include "flashmotion/train/sampling.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <optional>
#include <utility>

namespace flashmotion {
namespace run_clip_maker {

const VariantConfig& choose(const Recipe& recipe, const std::string& name) {
  const auto& variants = recipe.config.variant;
  if (variants.empty()) throw InputError("this run's recipe has no [[variant]]; there is nothing to make a clip with");
  if (name.empty()) return variants.back();
  std::vector<std::string> names;
  for (const VariantConfig& variant : variants) {
    if (variant.name == name) return variant;
    names.push_back(variant.name);
  }
  throw InputError(fmt::format("this run has no variant '{}'{}", name, suggestion(name, names, "there are")));
}

// The given picture in every frame: only the first is looked at.
ClipBatch make_clip(const Tensor& picture, const Trajectory& trajectory, const std::string& text,
                    const ClipSpec& spec) {
  const Tensor place = boxes(trajectory, spec.frames).unsqueeze(0);
  const std::int64_t objects = place.size(1);
  ClipBatch clip;
  clip.video = picture.unsqueeze(1).expand({3, spec.frames, spec.height, spec.width}).unsqueeze(0).contiguous();
  clip.masks = torch::zeros({1, objects, spec.frames, spec.height, spec.width}, torch::kBool);
  clip.boxes = place;
  clip.valid = torch::ones({1, objects}, torch::kBool);
  clip.colours = colours(trajectory).unsqueeze(0);
  clip.prompts = {text};
  return clip;
}

}  // namespace run_clip_maker

struct RunClipMaker::State {
  State(const std::string& run, const Recipe& recipe, const Catalog& catalog, const VariantConfig& chosen,
        const Logger& log, const c10::Device& device)
      : variant(chosen),
        folder(run, recipe.resolved_in(run), RunAccess::read),
        experiment(recipe, catalog, folder, log, StageOptions{.device = device}),
        adapter_result(chosen.adapter.empty() ? std::string() : Experiment::result_name(chosen.adapter, chosen.drop)) {
    for (const std::string& stage : {variant.generator, adapter_result}) {
      if (!stage.empty() && !folder.finished(stage)) {
        throw InputError(
            fmt::format("the run in '{}' has not finished '{}' yet; go on with it by 'flashmotion run "
                        "--resume'",
                        run, stage));
      }
    }
    generator = experiment.load_generator(variant.generator);
    if (!adapter_result.empty()) adapter = experiment.load_adapter(adapter_result);
    sampler = experiment.make_sampler(variant.sampler);
  }

  const VariantConfig& variant;
  RunFolder folder;
  Experiment experiment;
  std::string adapter_result;  // empty without an adapter
  std::optional<AnyGenerator> generator;
  std::optional<AnyAdapter> adapter;
  std::optional<GuidedSampler> sampler;
};

RunClipMaker::RunClipMaker(const std::string& run, const Recipe& recipe, const Catalog& catalog,
                           const std::string& variant, const Logger& log, const c10::Device& device)
    : state_(std::make_unique<State>(run, recipe, catalog, run_clip_maker::choose(recipe, variant), log, device)) {}
RunClipMaker::~RunClipMaker() = default;

const std::string& RunClipMaker::variant() const { return state_->variant.name; }

ClipSpec RunClipMaker::spec() const { return state_->experiment.data().dataset().spec(); }

std::string RunClipMaker::weights_sha256() const {
  Sha256 digest;
  digest.update(sha256_of_file(state_->folder.result_file(state_->variant.generator, "generator").string()));
  if (state_->adapter)
    digest.update(sha256_of_file(state_->folder.result_file(state_->adapter_result, "adapter").string()));
  return digest.hex();
}

Tensor RunClipMaker::boxes(const Trajectory& trajectory) const { return flashmotion::boxes(trajectory, spec().frames); }

MadeClip RunClipMaker::make(const ClipOrder& order, const StopFlag& stop, ProgressBar& progress) const {
  const ClipSpec spec = this->spec();
  const auto began = std::chrono::steady_clock::now();
  const ClipBatch clip = run_clip_maker::make_clip(resize_bilinear(order.first_frame, spec.height, spec.width),
                                                   order.trajectory, order.prompt, spec);
  const BatchSource& data = state_->experiment.data();
  const SampledClips sampled = with_place([&] { return fmt::format("sampling the variant '{}'", variant()); },
                                          [&] {
                                            return sample_clips(*state_->generator, state_->adapter, *state_->sampler,
                                                                data.encode(clip, ControlKind::box), order.seed, 1,
                                                                stop, progress, state_->experiment.device());
                                          });
  MadeClip made;
  made.video = data.codec().decode(sampled.latents).clamp(-1.0, 1.0)[0];
  made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return made;
}

}  // namespace flashmotion
