#include "flashmotion/train/validation.hpp"

#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "flashmotion/train/preview.hpp"
#include "flashmotion/train/sampling.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace flashmotion {
namespace validation_detail {

const Role* role_of(IStage& stage, std::string_view name) {
  const std::vector<Role*> roles = stage.roles();
  const auto found = std::find_if(roles.begin(), roles.end(), [&](const Role* role) { return role->name() == name; });
  return found == roles.end() ? nullptr : *found;
}

}  // namespace validation_detail

double validation_loss(std::string_view metric, double value) {
  if (!std::isfinite(value)) return std::numeric_limits<double>::infinity();
  if (metric == "sharpness") return std::abs(value - 1.0);
  return metric == "box_iou" || metric == "mask_iou" ? -value : value;
}

std::optional<StageValidation> Validation::of(const StageConfig& stage, const std::string& result, bool looks) {
  const ValidationConfig& config = experiment_.recipe().config.validation;
  if (config.every == 0 || stage.preview.empty()) return std::nullopt;
  if (!looks) return StageValidation{config.every, config.metric, {}};
  if (!cases_) draw();  // what cannot be drawn is told before the training, not hours later
  return StageValidation{config.every, config.metric,
                         [this, &stage, result](IStage& trained, std::int64_t step, const StopFlag& stop) {
                           return look(stage, result, trained, step, stop);
                         }};
}

void Validation::draw() {
  const Recipe& recipe = experiment_.recipe();
  const ValidationConfig& config = recipe.config.validation;
  cases_ = draw_cases(recipe, experiment_.data(), config.cases, config.seed);
  evaluator_ = make_evaluator(recipe, experiment_.data(), cases_->cases, config.reference_clips, config.seed);
}

StageValidation::Look Validation::look(const StageConfig& stage, const std::string& result, IStage& trained,
                                       std::int64_t step, const StopFlag& stop) {
  using validation_detail::role_of;
  const RecipeConfig& recipe = experiment_.recipe().config;
  const ValidationConfig& config = recipe.validation;
  // Copies, made anew each time: between two looks the memory belongs to the training.
  const Role* const generator = role_of(trained, "generator");
  const Role* const adapter = role_of(trained, "adapter");
  const Tensor latents =
      with_place([&] { return fmt::format("validating the stage '{}' after {} steps", result, step); },
                 [&] {
                   ProgressBar silent(result, cases_->cases.clips.size(), {.quiet = true});
                   return sample_clips(generator != nullptr ? experiment_.generator_of(generator->result())
                                                            : experiment_.load_generator(stage.generator),
                                       adapter != nullptr ? std::optional(experiment_.adapter_of(adapter->result()))
                                                          : std::nullopt,
                                       experiment_.make_sampler(stage.preview), cases_->batch,
                                       sampling_seed(config.seed, 0), config.batch, stop, silent, experiment_.device())
                       .latents;
                 });
  const Tensor clips = decode_clips(experiment_.data(), latents);
  const ClipBatch& real = cases_->cases.clips;
  const Scores scores = evaluator_->measure({clips}).overall;
  StageValidation::Look look{{{"box_iou", scores.box_iou},
                              {"mask_iou", scores.mask_iou},
                              {"centre_error", scores.centre_error},
                              {"frechet", scores.frechet},
                              {"sharpness", scores.sharpness},
                              {"colour_drift", scores.colour_drift}},
                             clip_alarms(recipe.health, clips, real.video),
                             0.0};
  const auto chosen = std::find_if(look.figures.begin(), look.figures.end(),
                                   [&](const auto& figure) { return figure.first == config.metric; });
  look.loss = validation_loss(config.metric, chosen->second);
  std::erase_if(look.figures, [](const auto& figure) { return !std::isfinite(figure.second); });
  const Tensor rows = preview_rows(*cases_, recipe.run.preview_clips);
  const ClipBatch shown = rows_of(real, rows);
  write_contact_sheet(experiment_.folder().stage_file(result, fmt::format("validation.{}.png", step)), shown,
                      experiment_.data().control_maps(shown, ControlKind::box), {{result, clips.index_select(0, rows)}},
                      shown.size());
  return look;
}

}  // namespace flashmotion
