#include "flashmotion/train/generate.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "flashmotion/train/sampling.hpp"
#include "flashmotion/trajectory/overlay.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace flashmotion {
namespace generate_detail {

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

}  // namespace generate_detail

void generate_clip(const GenerateRequest& request, const Recipe& recipe, const Catalog& catalog, const StopFlag& stop,
                   const Logger& log) {
  const VariantConfig& variant = generate_detail::choose(recipe, request.variant);
  const Trajectory trajectory = read_trajectory(request.trajectory);
  const Tensor image = read_image(request.image);

  RunFolder folder(request.run, recipe.resolved_in(request.run), RunAccess::read);
  const Experiment experiment(recipe, catalog, folder, log);
  const std::string adapter =
      variant.adapter.empty() ? std::string() : Experiment::result_name(variant.adapter, variant.drop);
  for (const std::string& stage : {variant.generator, adapter}) {
    if (!stage.empty() && !folder.finished(stage)) {
      throw InputError(
          fmt::format("the run in '{}' has not finished '{}' yet; go on with it by 'flashmotion run "
                      "--resume'",
                      request.run, stage));
    }
  }
  const ClipSpec spec = experiment.data().dataset().spec();
  if (image.size(1) != spec.height || image.size(2) != spec.width) {
    log.info("the picture is resized from {}x{} to {}x{}", image.size(2), image.size(1), spec.width, spec.height);
  }
  const ClipBatch clip = generate_detail::make_clip(resize_bilinear(image, spec.height, spec.width), trajectory,
                                                    request.prompt.value_or(prompt(trajectory)), spec);
  ProgressBar bar("denoising", 1, request.progress);
  const SampledClips made =
      with_place([&] { return fmt::format("sampling the variant '{}'", variant.name); },
                 [&] {
                   return sample_clips(experiment.load_generator(variant.generator),
                                       adapter.empty() ? std::nullopt : std::optional(experiment.load_adapter(adapter)),
                                       experiment.make_sampler(variant.sampler),
                                       experiment.data().encode(clip, ControlKind::box), request.seed, 1, stop, bar);
                 });
  const Tensor video = experiment.data().codec().decode(made.latents).clamp(-1.0, 1.0)[0];
  const std::int64_t scale = std::max<std::int64_t>(1, 256 / std::max(spec.width, spec.height));
  write_video(request.out, video, trajectory.fps, {.scale = scale});
  if (!request.overlay.empty()) {
    OverlayOptions overlay;
    for (const TrajectoryObject& object : trajectory.objects) overlay.names.push_back(object.name);
    write_video(request.overlay, draw_overlay(video, clip.boxes[0], clip.colours[0], overlay), trajectory.fps);
  }
}

}  // namespace flashmotion
