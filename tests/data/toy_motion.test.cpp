#include "flashmotion/data/toy_motion.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/on_threads.hpp"

#include <torch/torch.h>

#include <set>

namespace toy_motion_test {

using flashmotion::ClipBatch;
using flashmotion::ClipRequest;
using flashmotion::Rng;
using flashmotion::ToyMotion;
static_assert(flashmotion::Configurable<ToyMotion>);
using flashmotion::ToyMotionConfig;

ClipBatch draw(std::int64_t count, std::optional<std::int64_t> objects = {}, std::uint64_t seed = 3) {
  Rng rng(seed, "clips");
  return ToyMotion().draw({.count = count, .objects = objects}, rng);
}

TEST_CASE("clips have the stated shapes, types and ranges", "[data][unit]") {
  const auto batch = draw(20);
  CHECK(batch.video.sizes() == at::IntArrayRef({20, 3, 9, 32, 32}));
  CHECK(batch.masks.sizes() == at::IntArrayRef({20, 3, 9, 32, 32}));
  CHECK(batch.masks.scalar_type() == at::kBool);
  CHECK(batch.boxes.sizes() == at::IntArrayRef({20, 3, 9, 4}));
  CHECK(batch.valid.sizes() == at::IntArrayRef({20, 3}));
  CHECK(batch.colours.sizes() == at::IntArrayRef({20, 3, 3}));
  CHECK(batch.prompts.size() == 20);
  CHECK(batch.video.abs().max().item<float>() <= 1);
  CHECK(batch.boxes.min().item<float>() >= 0);
  CHECK(batch.boxes.max().item<float>() <= 1);
}

TEST_CASE("an equal generator gives equal clips on one thread and on two", "[data][unit]") {
  const auto drawn = [] { return draw(33); };
  const auto one = on_threads(1, drawn), other = on_threads(2, drawn);
  CHECK(one.video.equal(other.video));
  CHECK(one.masks.equal(other.masks));
  CHECK(one.boxes.equal(other.boxes));
  CHECK(one.prompts == other.prompts);
  CHECK_FALSE(one.video.equal(draw(33, {}, 4).video));
}

TEST_CASE("each clip has as many objects as asked for, each of its own colour", "[data][unit]") {
  for (const std::int64_t objects : {1, 2, 3}) {
    const auto batch = draw(40, objects);
    CHECK((batch.valid.sum(1) == objects).all().item<bool>());
    const auto colours = batch.colours.slice(1, 0, objects);
    const auto apart = torch::cdist(colours, colours) + 10 * torch::eye(objects);
    CHECK(apart.min().item<float>() > 0.3F);
    for (const auto& prompt : batch.prompts) {
      CHECK(std::count(prompt.begin(), prompt.end(), ',') == objects - 1);
    }
  }
  const auto mixed = draw(300).valid.sum(1);
  for (const std::int64_t objects : {1, 2, 3}) CHECK((mixed == objects).sum().item<std::int64_t>() > 70);
}

TEST_CASE("objects that a clip does not have are zero", "[data][unit]") {
  const auto batch = draw(20, 1);
  CHECK(batch.masks.slice(1, 1).sum().item<std::int64_t>() == 0);
  CHECK(batch.boxes.slice(1, 1).abs().sum().item<float>() == 0);
  CHECK(batch.colours.slice(1, 1).abs().sum().item<float>() == 0);
}

TEST_CASE("a lone object's mask fills its box tightly", "[data][unit]") {
  const auto batch = draw(60, 1);
  const auto mask = batch.masks.select(1, 0);      // [B, F, H, W]
  const auto box = batch.boxes.select(1, 0) * 32;  // [B, F, 4] pixels
  const auto centre = torch::arange(32) + 0.5;
  const auto x = centre.view({1, 1, 1, 32}), y = centre.view({1, 1, 32, 1});
  const auto edge = [&](int i) { return box.select(2, i).unsqueeze(-1).unsqueeze(-1); };
  const auto inside = (x >= edge(0)) & (x < edge(2)) & (y >= edge(1)) & (y < edge(3));
  CHECK((mask & inside.logical_not()).sum().item<std::int64_t>() == 0);
  const auto fill = mask.sum({2, 3}).to(torch::kFloat) / inside.sum({2, 3});
  CHECK(fill.min().item<float>() > 0.4F);  // a triangle fills half
  CHECK(fill.max().item<float>() == 1.0F);
  const auto left = torch::where(mask, x, torch::full({}, 99.0)).amin({2, 3});
  CHECK((left - box.select(2, 0)).max().item<float>() < 2.0F);
}

TEST_CASE("visible masks never overlap and later objects stay whole", "[data][unit]") {
  const auto batch = draw(200, 3);
  CHECK(batch.masks.sum(1).max().item<std::int64_t>() == 1);
  const auto area = batch.masks.sum({3, 4}).to(torch::kFloat);  // [B, K, F]
  const auto lost = 1 - area / area.amax(2, true).clamp_min(1);
  CHECK(lost.select(1, 0).max().item<float>() > 0.5F);   // somewhere the first is covered
  CHECK(lost.select(1, 2).max().item<float>() < 0.35F);  // the last changes by rasterisation only
}

TEST_CASE("objects start apart", "[data][unit]") {
  const auto box = draw(200, 3).boxes.select(2, 0) * 32;  // [B, K, 4]
  double worst = 0;
  double touching = 0;
  for (int a = 0; a < 3; ++a) {
    for (int b = a + 1; b < 3; ++b) {
      const auto p = box.select(1, a), q = box.select(1, b);
      const auto sides =
          (torch::minimum(p.slice(1, 2), q.slice(1, 2)) - torch::maximum(p.slice(1, 0, 2), q.slice(1, 0, 2)))
              .clamp_min(0);
      const auto overlap = sides.prod(1) / 64;
      worst = std::max(worst, overlap.max().item<double>());
      touching += (overlap > 0).to(torch::kDouble).mean().item<double>() / 3;
    }
  }
  CHECK(worst < 0.3);
  CHECK(touching < 0.02);
}

TEST_CASE("objects move by at most the stated path and end elsewhere", "[data][unit]") {
  const auto box = draw(100, 2).boxes.slice(1, 0, 2) * 32;
  const auto centre = (box.slice(3, 0, 2) + box.slice(3, 2, 4)) / 2;            // [B, K, F, 2]
  const auto steps = (centre.slice(2, 1) - centre.slice(2, 0, 8)).norm(2, -1);  // [B, K, F-1]
  CHECK(steps.sum(2).max().item<float>() <= 17.01F);
  CHECK(steps.sum(2).mean().item<float>() > 9.0F);
}

TEST_CASE("the first frame and the boxes leave something open", "[data][unit]") {
  // The same scene with another drift and spin: equal up to the speeds that nothing announces.
  ToyMotionConfig still;
  still.spin = 0;
  still.min_drift = still.max_drift = 0;
  Rng a(5, "clips"), b(5, "clips");
  const auto moving = ToyMotion().draw({.count = 8, .objects = 2}, a);
  const auto frozen = ToyMotion(still).draw({.count = 8, .objects = 2}, b);
  CHECK(moving.boxes.equal(frozen.boxes));
  CHECK((moving.video - frozen.video).select(2, 0).abs().max().item<float>() < 1e-5F);
  CHECK((moving.video - frozen.video).select(2, 8).abs().mean().item<float>() > 0.05F);
}

TEST_CASE("prompts name colour and shape of each object in order", "[data][unit]") {
  const auto batch = draw(50, 2);
  std::set<std::string> seen(batch.prompts.begin(), batch.prompts.end());
  CHECK(seen.size() > 30);
  for (std::size_t b = 0; b < batch.prompts.size(); ++b) {
    const auto distance = (ToyMotion::palette() - batch.colours[static_cast<std::int64_t>(b)][0])
                              .norm(2, 1)
                              .argmin()
                              .item<std::int64_t>();
    CHECK(batch.prompts[b].starts_with(std::string(ToyMotion::kColours[static_cast<std::size_t>(distance)]) + " "));
  }
}

TEST_CASE("settings that contradict each other are refused", "[data][message]") {
  ToyMotionConfig config;
  config.frames = 10;
  CHECK_THROWS_WITH(ToyMotion(config), Catch::Contains("use 9 or 13"));
  config = {};
  config.max_objects = 7;
  CHECK_THROWS_AS(ToyMotion(config), flashmotion::InputError);
  config = {};
  config.size = 12;
  CHECK_THROWS_WITH(ToyMotion(config), Catch::Contains("do not fit"));
  Rng rng(0, "clips");
  CHECK_THROWS_WITH(ToyMotion().draw({.count = 1, .objects = 4}, rng), Catch::Contains("raise max_objects"));
}

}  // namespace toy_motion_test
