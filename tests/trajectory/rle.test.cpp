#include "flashmotion/trajectory/rle.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

namespace rle_test {

using flashmotion::RleMask;

TEST_CASE("a mask is its runs, column by column", "[trajectory][unit]") {
  // . # #
  // . # .
  const at::Tensor mask = at::tensor({0, 1, 1, 0, 1, 0}, at::kByte).reshape({2, 3});
  const RleMask rle = flashmotion::rle_of(mask);
  CHECK(rle == RleMask{2, 3, {2, 3, 1}});
  CHECK(flashmotion::mask_of(rle).equal(mask.to(at::kBool)));
  CHECK(flashmotion::rle_area(rle) == 3);
  CHECK(flashmotion::rle_box(rle) == std::array<std::int64_t, 4>{1, 0, 3, 2});
  CHECK(flashmotion::rle_of(at::ones({2, 2}, at::kBool)) == RleMask{2, 2, {0, 4}});
  const RleMask empty = flashmotion::rle_of(at::zeros({2, 2}, at::kBool));
  CHECK(empty == RleMask{2, 2, {4}});
  CHECK(empty.given());
  CHECK_FALSE(flashmotion::rle_box(empty));
  CHECK_THROWS_AS(flashmotion::rle_of(at::zeros({2})), flashmotion::ShapeError);
}

// Worked out by hand from COCO's rule: six bits a character from '0' on, five of them number and one "more follows",
// the sign in the last; from the fourth run on, the difference to the run before the last.
TEST_CASE("runs are written as COCO writes them", "[trajectory][golden]") {
  CHECK(flashmotion::rle_text({2, 3, {2, 3, 1}}) == "231");
  CHECK(flashmotion::rle_text({10, 10, {16, 84}}) == "`0d2");
  CHECK(flashmotion::rle_text({1, 20, {5, 3, 7, 2, 3}}) == "537OL");
  CHECK(flashmotion::parse_rle_counts("537OL") == std::vector<std::uint32_t>{5, 3, 7, 2, 3});
  CHECK(flashmotion::parse_rle_counts("`0d2") == std::vector<std::uint32_t>{16, 84});
}

TEST_CASE("any mask survives both ways of writing it", "[trajectory][law]") {
  at::manual_seed(5);
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 70}, {70, 1}, {33, 47}, {200, 300}}) {
    for (const double share : {0.0, 0.02, 0.5, 1.0}) {
      const at::Tensor mask = at::rand({height, width}).lt(share);
      const RleMask rle = flashmotion::rle_of(mask);
      CHECK(flashmotion::mask_of(rle).equal(mask));
      CHECK(flashmotion::rle_area(rle) == mask.sum().item<std::int64_t>());
      CHECK(flashmotion::parse_rle_counts(flashmotion::rle_text(rle)) == rle.counts);
      const auto box = flashmotion::rle_box(rle);
      REQUIRE(box.has_value() == mask.any().item<bool>());
      if (!box) continue;
      CHECK(mask.slice(0, (*box)[1], (*box)[3]).slice(1, (*box)[0], (*box)[2]).sum().item<std::int64_t>() ==
            flashmotion::rle_area(rle));
      CHECK(mask.select(1, (*box)[0]).any().item<bool>());
      CHECK(mask.select(1, (*box)[2] - 1).any().item<bool>());
      CHECK(mask.select(0, (*box)[1]).any().item<bool>());
      CHECK(mask.select(0, (*box)[3] - 1).any().item<bool>());
    }
  }
}

TEST_CASE("damaged runs are known as such", "[trajectory][unit]") {
  CHECK_FALSE(flashmotion::parse_rle_counts("\x7f"));
  CHECK_FALSE(flashmotion::parse_rle_counts("P"));  // more should follow
  CHECK_FALSE(flashmotion::parse_rle_counts("ooooooooo"));
  CHECK_FALSE(flashmotion::parse_rle_counts("O"));  // a run of -1
  CHECK(flashmotion::rle_problem({2, 3, {2, 3}}) == "runs of a mask add up to 5 pixels, but 3x2 has 6");
  CHECK_THROWS_AS(flashmotion::mask_of({2, 3, {2, 3}}), flashmotion::InputError);
}

}  // namespace rle_test
