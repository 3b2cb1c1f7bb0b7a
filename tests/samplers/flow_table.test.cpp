#include "flashmotion/samplers/flow_table.hpp"

#include "tests/support/compare.hpp"

#include <vector>

namespace flow_table_test {

using compare::close_to;
using flashmotion::FlowTable;
using flashmotion::Tensor;

void check_table(double shift, const std::vector<float>& first, const std::vector<float>& last,
                 const std::vector<std::int64_t>& places, const std::vector<float>& nearest) {
  const FlowTable table(shift);
  REQUIRE(table.sigmas().sizes() == at::IntArrayRef({1000}));
  CHECK_THAT(table.sigmas().narrow(0, 0, 4), close_to(torch::tensor(first), {6e-8, 0}));
  CHECK_THAT(table.sigmas().narrow(0, 997, 3), close_to(torch::tensor(last), {6e-9, 0}));
  const Tensor found = table.nearest(torch::tensor({750.0, 500.0, 250.0}));
  CHECK_THAT(found, compare::equal_to(torch::tensor(places)));
  CHECK_THAT(table.sigmas().index_select(0, found), close_to(torch::tensor(nearest), {6e-8, 0}));
}

TEST_CASE("the thousand levels are those of the few-step Wan training", "[samplers][golden]") {
  check_table(5.0, {1.0F, .99979979F, .99959940F, .99939853F}, {.01482214F, .00992064F, .00498008F}, {625, 833, 937},
              {.75000006F, .50059956F, .25159743F});
  check_table(8.0, {1.0F, .99987489F, .99974960F, .99962395F}, {.02350637F, .01577909F, .00794439F}, {727, 889, 960},
              {.75025767F, .49971864F, .25000003F});
}

TEST_CASE("training weights are a bell about timestep 500", "[samplers][golden]") {
  const Tensor weights = FlowTable(5.0).training_weights();
  CHECK(weights.sum().item<double>() == Approx(1000.0).epsilon(1e-5));
  CHECK(weights[0].item<double>() == Approx(0.0).margin(1e-6));
  CHECK(weights[250].item<double>() == Approx(.39795).epsilon(1e-4));
  CHECK(weights[500].item<double>() == Approx(1.02486).epsilon(1e-4));
  CHECK(weights.argmax().item<std::int64_t>() == 833);
  CHECK(weights.max().item<double>() == Approx(2.07640).epsilon(1e-4));
}

}  // namespace flow_table_test
