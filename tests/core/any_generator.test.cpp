#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/any/any_codec.hpp"
#include "flashmotion/core/any/any_dataset.hpp"
#include "flashmotion/core/any/any_discriminator_head.hpp"
#include "flashmotion/core/any/any_objective.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "flashmotion/core/any/any_weight_schedule.hpp"
#include "tests/support/archetypes.hpp"
#include "tests/support/compare.hpp"

#include <vector>

namespace any_generator_test {

using archetypes::BareAdapter;
using archetypes::BareCodec;
using archetypes::BareDataset;
using archetypes::BareEncoder;
using archetypes::BareGenerator;
using archetypes::BareHead;
using archetypes::BareObjective;
using archetypes::BareSampler;
using archetypes::BareSchedule;
using archetypes::CountingAdapter;
using compare::equal_to;
using flashmotion::Tensor;

TEST_CASE("an erased type takes the least that models its concept", "[core][law]") {
  const Tensor x = torch::ones({1, 2, 3, 4, 5});
  flashmotion::AnyGenerator generator{BareGenerator(0)};
  flashmotion::DenoiseRequest request;
  request.latent = x;
  CHECK_THAT(generator.denoise(request).prediction, equal_to(x * 0));
  CHECK(generator.named_tensors().empty());

  flashmotion::AnyAdapter adapter{BareAdapter(0)};
  CHECK(adapter.edits({}).add.empty());
  CHECK_FALSE(adapter.depends_on_noise());

  flashmotion::AnyDiscriminatorHead head{BareHead(0)};
  CHECK(head.tap_blocks({}) == std::vector<std::int64_t>{0});
  flashmotion::HeadRequest seen;
  seen.taps = {torch::ones({2, 3, 4})};
  CHECK_THAT(head.logits(seen), equal_to(torch::ones({2, 1})));

  const flashmotion::AnyObjective objective{BareObjective(0)};
  CHECK(objective.name() == "bare");
  CHECK(objective.needs().contains(flashmotion::Quantity::velocity_prediction));

  const flashmotion::AnySampler sampler{BareSampler(0)};
  CHECK(sampler.sigmas().size() == 2);

  const flashmotion::AnyWeightSchedule schedule{BareSchedule(0)};
  CHECK(schedule.at(7) == 0.5);

  const flashmotion::AnyTrajectoryEncoder encoder{BareEncoder(0)};
  flashmotion::TrajectoryRequest drawn;
  drawn.boxes = x;
  CHECK_THAT(encoder.encode(drawn), equal_to(x));

  const flashmotion::AnyCodec codec{BareCodec(0)};
  CHECK_THAT(codec.decode(codec.encode(x)), equal_to(x));

  const flashmotion::AnyDataset dataset{BareDataset(0)};
  CHECK(dataset.spec().frames == 0);
}

TEST_CASE("an erased type is empty until it holds a model", "[core][unit]") {
  CHECK_FALSE(flashmotion::AnyGenerator());
  CHECK_FALSE(flashmotion::AnyAdapter());
  CHECK_FALSE(flashmotion::AnyDiscriminatorHead());
  CHECK(flashmotion::AnyAdapter{BareAdapter(0)});
}

TEST_CASE("copies of an erased type share the model", "[core][unit]") {
  CountingAdapter counting{BareAdapter(0)};
  flashmotion::AnyAdapter one{counting};
  flashmotion::AnyAdapter two = one;
  (void)one.edits({});
  (void)two.edits({});
  CHECK(counting.calls() == 2);
}

TEST_CASE("the grid of a latent is its extent in patches", "[core][unit]") {
  flashmotion::GeneratorSpec spec;
  spec.patch = {1, 2, 2};
  const flashmotion::Grid grid = spec.grid(torch::zeros({2, 48, 5, 6, 8}));
  CHECK(grid == flashmotion::Grid{5, 3, 4});
  CHECK(grid.tokens() == 60);
}

TEST_CASE("sites are ordered by kind, then block", "[core][unit]") {
  using flashmotion::Site;
  using flashmotion::SiteKind;
  CHECK((Site{SiteKind::patch_embedding, 0} < Site{SiteKind::after_block, 0}));
  CHECK((Site{SiteKind::after_block, 0} < Site{SiteKind::after_block, 1}));
  CHECK((Site{SiteKind::after_block, 2} == Site{SiteKind::after_block, 2}));
}

}  // namespace any_generator_test
