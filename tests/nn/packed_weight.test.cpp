#include "flashmotion/nn/packed_weight.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/on_threads.hpp"

#include <torch/torch.h>

#include <limits>
#include <string>

namespace packed_weight_test {

using namespace flashmotion;
using nn::WeightFormat;

Tensor matrix() {
  torch::manual_seed(3);
  // Rows of very different size, as trained weights have them.
  return torch::randn({48, 72}) * torch::logspace(-3, 2, 48).unsqueeze(1);
}

Tensor back(const nn::PackedWeight& packed, at::ScalarType type = torch::kFloat) {
  const Tensor out = torch::full(packed.numbers.sizes(), 7.0, type);
  nn::unpack(packed, out);
  return out;
}

TEST_CASE("packed numbers are the nearest of their format", "[nn][law]") {
  const Tensor weight = matrix();
  const auto row_largest = weight.abs().amax(1, true);
  const nn::PackedWeight int8 = nn::pack(weight, WeightFormat::int8);
  CHECK(int8.numbers.scalar_type() == torch::kChar);
  CHECK(int8.scale.sizes() == at::IntArrayRef({48, 1}));
  // Half a step of a row whose largest number is 127 steps.
  CHECK(((back(int8) - weight).abs() <= row_largest / 127 * 0.5001).all().item<bool>());

  const nn::PackedWeight fp8 = nn::pack(weight, WeightFormat::fp8);
  CHECK(fp8.numbers.scalar_type() == torch::kFloat8_e4m3fn);
  // Three bits behind the leading one; below 2^-6 of the format a fixed step of 2^-9.
  const Tensor bound = torch::maximum(weight.abs() / 16, row_largest / 448 / 1024) * 1.0001;
  CHECK(((back(fp8) - weight).abs() <= bound).all().item<bool>());

  const nn::PackedWeight whole = nn::pack(weight, WeightFormat::fp8_tensor);
  CHECK(whole.scale.sizes() == at::IntArrayRef({1, 1}));
  const auto error = [&](const nn::PackedWeight& packed) {
    return ((back(packed) - weight).norm(2, 1) / weight.norm(2, 1)).mean().item<double>();
  };
  CHECK(error(fp8) < 0.5 * error(whole));
  CHECK(error(fp8) < 0.04);
  CHECK(error(int8) < 0.01);
}

TEST_CASE("the largest of a row comes back, and zeros stay zeros", "[nn][unit]") {
  Tensor weight = matrix();
  weight[5].zero_();
  for (const WeightFormat format : {WeightFormat::fp8, WeightFormat::int8, WeightFormat::fp8_tensor}) {
    CAPTURE(to_string(format));
    const Tensor again = back(nn::pack(weight, format));
    CHECK(again[5].eq(0).all().item<bool>());
    if (format == WeightFormat::fp8_tensor) continue;
    const Tensor place = weight.abs().argmax(1, true);
    CHECK(again.gather(1, place).allclose(weight.gather(1, place), 1e-6, 0.0));
  }
}

TEST_CASE("numbers are unpacked as operators would: in float32, rounded once", "[nn][law]") {
  const Tensor weight = matrix();
  for (const WeightFormat format : {WeightFormat::fp8, WeightFormat::int8, WeightFormat::fp8_tensor}) {
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
      CAPTURE(to_string(format), type);
      const nn::PackedWeight packed = nn::pack(weight, format);
      CHECK(back(packed, type).equal((packed.numbers.to(torch::kFloat) * packed.scale).to(type)));
    }
  }
}

TEST_CASE("numbers are unpacked alike on one thread and on two", "[nn][law]") {
  torch::manual_seed(4);
  const nn::PackedWeight packed = nn::pack(torch::randn({300, 700}), WeightFormat::int8);
  const auto unpacked = [&] { return back(packed, at::kBFloat16); };
  CHECK(on_threads(1, unpacked).equal(on_threads(2, unpacked)));
}

TEST_CASE("numbers that are none are refused", "[nn][message]") {
  Tensor weight = matrix();
  weight[3][4] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(nn::pack(weight, WeightFormat::fp8), InputError);
  weight[3][4] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(nn::pack(weight, WeightFormat::int8), InputError);
}

}  // namespace packed_weight_test
