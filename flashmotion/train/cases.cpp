#include "flashmotion/train/cases.hpp"

#include "flashmotion/data/joined_clips.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/train/plugin_place.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <vector>

namespace flashmotion {

FixedCases draw_cases(const Recipe& recipe, const BatchSource& data, std::int64_t each, std::int64_t seed) {
  FixedCases fixed;
  std::vector<ClipBatch> groups;
  for (const std::int64_t objects : recipe.config.evaluation.groups) {
    Rng rng(static_cast<std::uint64_t>(seed), "cases", static_cast<std::uint64_t>(objects));
    groups.push_back(data.dataset().draw({.count = each, .objects = objects, .split = Split::evaluation}, rng));
    fixed.cases.groups.insert(fixed.cases.groups.end(), static_cast<std::size_t>(each), objects);
  }
  ClipBatch& clips = fixed.cases.clips = joined_clips(groups);
  fixed.batch = with_place([] { return std::string("drawing the control maps of the cases"); },
                           [&] { return data.encode(clips, ControlKind::box); });
  return fixed;
}

Tensor preview_rows(const FixedCases& fixed, std::int64_t most) {
  const std::vector<std::int64_t>& groups = fixed.cases.groups;
  std::vector<std::vector<std::int64_t>> by_group;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == 0 || groups[i] != groups[i - 1]) by_group.emplace_back();
    by_group.back().push_back(static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> rows;
  const auto count = std::min(most, static_cast<std::int64_t>(groups.size()));
  for (std::size_t i = 0; static_cast<std::int64_t>(rows.size()) < count; ++i) {
    rows.push_back(by_group[i % by_group.size()][i / by_group.size()]);
  }
  return torch::tensor(rows, torch::kLong);
}

LatentBatch rows_of(const LatentBatch& batch, const Tensor& rows) {
  const auto pick = [&](const Tensor& x) { return x.defined() ? x.index_select(0, rows) : x; };
  return {
      pick(batch.clean),
      {{pick(batch.condition.text.tokens)}, {pick(batch.condition.image.first_frame)}, pick(batch.condition.control)},
      pick(batch.cover)};
}

Evaluator make_evaluator(const Recipe& recipe, const BatchSource& data, const EvaluationCases& cases,
                         std::int64_t reference_clips, std::int64_t seed) {
  Rng rng(static_cast<std::uint64_t>(seed), "reference");
  ClipBatch reference = data.dataset().draw({.count = reference_clips, .objects = {}, .split = Split::train}, rng);
  // Where clips for training come as latents, those for evaluation still have their pixels.
  if (!reference.video.defined())
    reference = data.dataset().draw({.count = reference_clips, .objects = {}, .split = Split::evaluation}, rng);
  return {cases, reference.video, recipe.config.data.use == "toy_motion" ? ToyMotion::palette() : Tensor()};
}

Tensor decode_clips(const BatchSource& data, const Tensor& latents) {
  const torch::NoGradGuard no_grad;
  return data.codec().decode(latents).clamp(-1.0, 1.0);
}

std::uint64_t sampling_seed(std::int64_t seed, std::int64_t sample) {
  return mix_seed(static_cast<std::uint64_t>(seed), "sampling", static_cast<std::uint64_t>(sample));
}

}  // namespace flashmotion
