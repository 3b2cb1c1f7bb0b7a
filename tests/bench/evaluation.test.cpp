#include "flashmotion/bench/evaluation.hpp"

#include "flashmotion/data/toy_motion.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <cmath>
#include <vector>

namespace evaluation_test {

using flashmotion::ClipBatch;
using flashmotion::EvaluationCases;
using flashmotion::Evaluator;
using flashmotion::Rng;
using flashmotion::Split;
using flashmotion::Tensor;
using flashmotion::ToyMotion;
using flashmotion::VariantScores;

constexpr std::int64_t kEach = 12;

// Clips of one and of two objects, in this order.
EvaluationCases cases() {
  const ToyMotion world;
  EvaluationCases all;
  std::vector<ClipBatch> parts;
  for (const std::int64_t objects : {1, 2}) {
    Rng rng(11, "cases", static_cast<std::uint64_t>(objects));
    parts.push_back(world.draw({.count = kEach, .objects = objects, .split = Split::evaluation}, rng));
    all.groups.insert(all.groups.end(), kEach, objects);
  }
  const auto join = [&](auto member) { return torch::cat({parts[0].*member, parts[1].*member}); };
  all.clips = {join(&ClipBatch::video), join(&ClipBatch::masks),   join(&ClipBatch::boxes),
               join(&ClipBatch::valid), join(&ClipBatch::colours), parts[0].prompts};
  all.clips.prompts.insert(all.clips.prompts.end(), parts[1].prompts.begin(), parts[1].prompts.end());
  return all;
}

const Evaluator& evaluator() {
  static const Evaluator shared = [] {
    Rng rng(12, "reference");
    return Evaluator(cases(), ToyMotion().draw({.count = 96}, rng).video, ToyMotion::palette());
  }();
  return shared;
}
const Tensor& real() { return evaluator().cases().clips.video; }
const VariantScores& real_scores() {
  static const VariantScores shared = evaluator().measure({real()});
  return shared;
}

Tensor blurred(const Tensor& video) {
  const Tensor frames = video.transpose(1, 2).flatten(0, 1);
  const Tensor soft = torch::avg_pool2d(torch::replication_pad2d(frames, {2, 2, 2, 2}), {5, 5}, {1, 1});
  return soft.unflatten(0, {video.size(0), video.size(2)}).transpose(1, 2).contiguous();
}

TEST_CASE("real clips score near the ceiling", "[bench][law]") {
  const auto& s = real_scores().overall;
  CHECK(s.box_iou > 0.85);
  CHECK(s.mask_iou > 0.85);
  CHECK(s.box_iou_relative > 0.7);
  CHECK(s.sharpness == Approx(1.0));
  CHECK(s.colour_drift == Approx(0.0).margin(1e-6));
  CHECK(s.centre_error < 1.5);  // covered objects keep it above 0
}

TEST_CASE("blurred clips are less sharp and farther from real ones", "[bench][law]") {
  const VariantScores soft = evaluator().measure({blurred(real())});
  CHECK(soft.overall.sharpness < 0.6);
  CHECK(soft.overall.frechet > 2 * real_scores().overall.frechet);
  CHECK(soft.overall.box_iou < real_scores().overall.box_iou);
  const auto worse = evaluator().advantage("sharpness", soft, real_scores());
  REQUIRE(worse);
  CHECK(worse->high < 0.0);
}

TEST_CASE("clips that run backwards are as sharp but do not follow the boxes", "[bench][law]") {
  const VariantScores backwards = evaluator().measure({real().flip({2})});
  CHECK(backwards.overall.box_iou < 0.6 * real_scores().overall.box_iou);
  CHECK(backwards.overall.mask_iou < 0.6 * real_scores().overall.mask_iou);
  CHECK(backwards.overall.centre_error > 3 * real_scores().overall.centre_error);
  CHECK(backwards.overall.sharpness == Approx(1.0).margin(0.1));
  for (const char* metric : {"box_iou", "mask_iou", "centre_error"}) {
    INFO(metric);
    const auto better = evaluator().advantage(metric, real_scores(), backwards);
    const auto worse = evaluator().advantage(metric, backwards, real_scores());
    REQUIRE(better);
    CHECK(better->low > 0.0);
    CHECK(worse->high < 0.0);
    CHECK(better->estimate == Approx(-worse->estimate));
  }
}

TEST_CASE("clips whose colours wander drift", "[bench][law]") {
  const Tensor ramp = torch::linspace(0, 0.5, real().size(2)).view({1, 1, -1, 1, 1});
  const VariantScores wandering = evaluator().measure({real() + ramp});
  CHECK(wandering.overall.colour_drift > 0.01);
  const auto worse = evaluator().advantage("colour_drift", wandering, real_scores());
  REQUIRE(worse);
  CHECK(worse->high < 0.0);
}

TEST_CASE("groups are the clips of one number of objects", "[bench][unit]") {
  const VariantScores& s = real_scores();
  REQUIRE(s.groups.size() == 2);
  CHECK(s.box_iou.size(0) == 2 * kEach);
  CHECK(s.groups.at(1).box_iou == Approx(s.box_iou.narrow(0, 0, kEach).mean().item<double>()));
  CHECK(s.groups.at(2).box_iou == Approx(s.box_iou.narrow(0, kEach, kEach).mean().item<double>()));
  CHECK(s.overall.box_iou == Approx((s.groups.at(1).box_iou + s.groups.at(2).box_iou) / 2));
}

TEST_CASE("sampling seeds are averaged case by case", "[bench][unit]") {
  const VariantScores backwards = evaluator().measure({real().flip({2})});
  const VariantScores both = evaluator().measure({real(), real().flip({2})});
  CHECK(torch::allclose(both.box_iou, (real_scores().box_iou + backwards.box_iou) / 2));
  CHECK(both.overall.mask_iou == Approx((real_scores().overall.mask_iou + backwards.overall.mask_iou) / 2));
  CHECK(both.overall.frechet == Approx((real_scores().overall.frechet + backwards.overall.frechet) / 2));
}

TEST_CASE("equal clips give equal figures", "[bench][law]") {
  const VariantScores again = evaluator().measure({real()});
  CHECK(again.box_iou.equal(real_scores().box_iou));
  CHECK(again.overall.frechet == real_scores().overall.frechet);
}

TEST_CASE("too few cases are not compared", "[bench][unit]") {
  EvaluationCases one = cases();
  const Tensor first = torch::tensor({0}, torch::kLong);
  ClipBatch& c = one.clips;
  c = {c.video.index_select(0, first), c.masks.index_select(0, first),   c.boxes.index_select(0, first),
       c.valid.index_select(0, first), c.colours.index_select(0, first), {c.prompts[0]}};
  one.groups = {1};
  Rng rng(12, "reference");
  const Tensor reference = ToyMotion().draw({.count = 32}, rng).video;
  CHECK_FALSE(Evaluator(one, reference, ToyMotion::palette()).advantage("box_iou", {}, {}).has_value());
}

TEST_CASE("without a palette objects are found by the first frame", "[bench][law]") {
  Rng rng(12, "reference");
  const Evaluator blind(cases(), ToyMotion().draw({.count = 48}, rng).video, Tensor());
  const VariantScores good = blind.measure({real()});
  const VariantScores bad = blind.measure({real().flip({2})});
  CHECK(good.overall.box_iou > bad.overall.box_iou + 0.1);
  CHECK(std::isnan(good.overall.centre_error));
}

}  // namespace evaluation_test
