#include "flashmotion/core/any/any_objective.hpp"
#include "plugins/object_diffusion_objective/object_diffusion_objective.hpp"
#include "tests/objectives/given_source.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <string>

namespace object_diffusion_objective_test {

using flashmotion::AnyObjective;
using flashmotion::DiffusionTarget;
using flashmotion::IObjective;
using flashmotion::Quantity;
using flashmotion::Tensor;
using given_source::GivenSource;
using given_source::value_of;
using object_diffusion_objective::ObjectDiffusion;

AnyObjective loaded(const std::string& keys) {
  return AnyObjective(toy_requests::load<IObjective>("use = \"object_diffusion\"\n" + keys, toy_requests::context()));
}

// Two latent frames of one row; frame 0 is off by 100 and does not count.
GivenSource source(Quantity have, Quantity want) {
  const Tensor error = torch::tensor({100.0F, 100.0F, 1.0F, 3.0F}).view({1, 1, 2, 1, 2});
  return GivenSource({{have, error},
                      {want, torch::zeros_like(error)},
                      {Quantity::object_cover, torch::tensor({1.0F, 1.0F, 0.0F, 0.5F}).view({1, 1, 2, 1, 2})}});
}

TEST_CASE("the loaded object diffusion keeps its laws", "[plugin][law]") {
  laws::check_objective(loaded(""));
  laws::check_objective(loaded("compare = \"clean\"\n"));
}

TEST_CASE("cells that objects cover weigh more", "[plugin][unit]") {
  // Weights 1 and 1 + 4 / 2 = 3: (1 + 3 * 9) / 4.
  GivenSource velocities = source(Quantity::velocity_prediction, Quantity::velocity_target);
  CHECK(value_of(ObjectDiffusion({.inside = 5.0}), velocities) == Approx(7.0));
  GivenSource even = source(Quantity::velocity_prediction, Quantity::velocity_target);
  CHECK(value_of(ObjectDiffusion({.inside = 1.0}), even) == Approx(5.0));
  GivenSource clean = source(Quantity::clean_prediction, Quantity::clean);
  CHECK(value_of(ObjectDiffusion({.compare = DiffusionTarget::clean, .inside = 5.0}), clean) == Approx(7.0));
}

TEST_CASE("object diffusion has no loss of noises", "[plugin][message]") {
  CHECK_THROWS_WITH(loaded("compare = \"noise\"\n"),
                    Catch::Contains("test.toml:2:11: error: 'compare' must be \"velocity\" or \"clean\" here"));
}

}  // namespace object_diffusion_objective_test
