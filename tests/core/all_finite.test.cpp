#include "flashmotion/core/all_finite.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cstdint>
#include <limits>

namespace all_finite_test {
using flashmotion::all_finite;
using flashmotion::Tensor;

TEST_CASE("numbers that are not finite are found wherever they stand", "[core][unit]") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf, at::kDouble}) {
    CAPTURE(type);
    const double largest = type == at::kHalf ? 65504.0 : type == at::kBFloat16 ? 3.38e38 : 3.4e38;
    for (const std::int64_t count : {1, 7, 64, 100'003, 600'001}) {
      const Tensor numbers = at::full({count}, -largest, at::TensorOptions().dtype(type));
      CHECK(all_finite(numbers));
      for (const std::int64_t place : {std::int64_t{0}, count / 2, count - 1}) {
        for (const double wrong : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
          Tensor spoilt = numbers.clone();
          spoilt[place] = wrong;
          CHECK_FALSE(all_finite(spoilt));
        }
      }
    }
    Tensor wide = at::zeros({8, 8}, at::TensorOptions().dtype(type));
    wide.select(1, 3).fill_(kInfinity);
    CHECK(all_finite(wide.select(1, 2)));  // beside the numbers that are not
    CHECK_FALSE(all_finite(wide.select(1, 3)));
    CHECK(all_finite(at::empty({0}, at::TensorOptions().dtype(type))));
  }
  CHECK(all_finite({}));
}

}  // namespace all_finite_test
