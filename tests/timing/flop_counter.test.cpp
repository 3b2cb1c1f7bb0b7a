#include "flashmotion/timing/flop_counter.hpp"

#include "tests/support/catch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv3d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <cstdint>

namespace flop_counter_test {

using flashmotion::timing::FlopCounter;

template <class F>
std::int64_t flops(F&& work) {
  const at::NoGradGuard no_grad;
  const FlopCounter counter;
  work();
  return FlopCounter::count();
}

TEST_CASE("products, convolutions and attention are counted once, whoever computes them", "[timing][unit]") {
  CHECK(flops([] {
          (void)at::linear(at::randn({2, 7, 16}), at::randn({24, 16}), at::randn({24}));
        }) == 2 * (2 * 7) * 16 * 24);
  CHECK(flops([] { (void)at::matmul(at::randn({3, 5, 4}), at::randn({3, 4, 6})); }) == 2 * 3 * 5 * 4 * 6);
  // 1 x 1 x 2 x 4 x 4 of 6 channels, from 3 channels under a kernel of 2 x 3 x 3.
  CHECK(flops([] {
          (void)at::conv3d(at::randn({1, 3, 3, 6, 6}), at::randn({6, 3, 2, 3, 3}));
        }) == 2 * (6 * 2 * 4 * 4) * (3 * 2 * 3 * 3));
  CHECK(flops([] { (void)at::conv2d(at::randn({2, 4, 5, 5}), at::randn({8, 4, 1, 1})); }) == 2 * (2 * 8 * 25) * 4);
  // Eleven queries meet thirteen keys: scores, then sums of values.
  CHECK(flops([] {
          const auto q = at::randn({1, 2, 11, 8}), k = at::randn({1, 2, 13, 8});
          (void)at::scaled_dot_product_attention(q, k, k);
        }) == 2 * (2 * 11 * 13 * 8) * 2);
  CHECK(flops([] { (void)(at::randn({9, 9}) + 1); }) == 0);
}

TEST_CASE("a backward pass is counted too", "[timing][unit]") {
  const auto x = at::randn({5, 8}).requires_grad_(true), w = at::randn({6, 8}).requires_grad_(true);
  const FlopCounter counter;
  at::linear(x, w).sum().backward();
  CHECK(FlopCounter::count() == 3 * 2 * 5 * 8 * 6);  // the product, and one for each of its factors
}

TEST_CASE("nothing is counted after a counter's end", "[timing][unit]") {
  CHECK(flops([] {}) == 0);
  const auto counted = flops([] { (void)at::matmul(at::randn({2, 2}), at::randn({2, 2})); });
  (void)at::matmul(at::randn({2, 2}), at::randn({2, 2}));
  CHECK(FlopCounter::count() == counted);
}

}  // namespace flop_counter_test
