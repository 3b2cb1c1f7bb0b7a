#include "flashmotion/train/cases.hpp"

#include "tests/support/catch.hpp"
#include "tests/train/tiny_world.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace cases_test {

flashmotion::Recipe recipe(std::vector<std::int64_t> groups) {
  flashmotion::Recipe recipe;
  recipe.config.evaluation.groups = std::move(groups);
  return recipe;
}

TEST_CASE("cases are drawn group by group, and equal for equal seeds", "[train][unit]") {
  const flashmotion::BatchSource data = tiny_world::data();
  const auto three = recipe({1, 2, 5});
  const flashmotion::FixedCases a = draw_cases(three, data, 2, 7), b = draw_cases(three, data, 2, 7),
                                c = draw_cases(three, data, 2, 8);
  CHECK(a.cases.groups == std::vector<std::int64_t>{1, 1, 2, 2, 5, 5});
  CHECK(a.cases.clips.size() == 6);
  CHECK(a.cases.clips.prompts.size() == 6);
  CHECK(a.cases.clips.video.equal(b.cases.clips.video));
  CHECK_FALSE(a.cases.clips.video.equal(c.cases.clips.video));
  CHECK_FALSE(a.cases.clips.video[0].equal(a.cases.clips.video[2]));
  CHECK(a.batch.clean.equal(data.codec().encode(a.cases.clips.video)));
  CHECK(decode_clips(data, a.batch.clean * 10).abs().max().item<float>() <= 1.0F);
}

TEST_CASE("a preview shows each group in turn", "[train][unit]") {
  const flashmotion::FixedCases cases = draw_cases(recipe({1, 2, 3}), tiny_world::data(), 2, 7);
  const auto rows = [&](std::int64_t most) { return preview_rows(cases, most); };
  CHECK(rows(4).equal(torch::tensor({0, 2, 4, 1}, torch::kLong)));
  CHECK(rows(100).equal(torch::tensor({0, 2, 4, 1, 3, 5}, torch::kLong)));
  const flashmotion::LatentBatch part = rows_of(cases.batch, rows(2));
  CHECK(part.clean.equal(torch::stack({cases.batch.clean[0], cases.batch.clean[2]})));
  CHECK(
      part.condition.control.equal(torch::stack({cases.batch.condition.control[0], cases.batch.condition.control[2]})));
  const flashmotion::ClipBatch clips = rows_of(cases.cases.clips, rows(3));
  CHECK(clips.boxes.equal(cases.cases.clips.boxes.index_select(0, rows(3))));
  CHECK(clips.prompts.size() == 3);
}

}  // namespace cases_test
