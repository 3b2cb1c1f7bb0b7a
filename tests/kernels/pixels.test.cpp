#include "flashmotion/kernels/launchers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gap.hpp"
#include "tests/support/kernel_arguments.hpp"
#include "tests/support/kernel_steps.hpp"

#include <torch/torch.h>

namespace pixels_test {

using namespace kernel_arguments;
using kernel_steps::bound;

TEST_CASE("a channel norm with SiLU is what LibTorch's operators give, and its surroundings stay", "[kernels][unit]") {
  torch::manual_seed(4);
  const auto type = GENERATE(at::kFloat, at::kBFloat16), gamma_type = GENERATE(at::kFloat, at::kBFloat16);
  const std::int64_t channels = GENERATE(8, 96, 256, 264, 640, 1024, 2048);
  CAPTURE(type, gamma_type, channels);
  const auto last = at::MemoryFormat::ChannelsLast3d;
  Tensor x = torch::randn({2, channels, 2, 3, 5}).to(type).contiguous(last);
  x.select(4, 2).zero_();  // pixels of no length
  const Tensor gamma = (torch::rand({channels}) + 0.5).to(gamma_type);
  Tensor frame = torch::full({2, channels, 4, 5, 7}, 42.0, type).contiguous(last);
  const Tensor place = frame.narrow(2, 2, 2).narrow(3, 1, 3).narrow(4, 1, 5);
  cuda::NormPixels arguments{.x = rows(x),
                             .out = place.mutable_data_ptr(),
                             .batch = 2,
                             .frames = 2,
                             .height = 3,
                             .width = 5,
                             .channels = channels,
                             .x_strides = {},
                             .out_strides = {},
                             .gamma = rows(gamma)};
  for (std::size_t i = 0; const std::int64_t axis : {0, 2, 3, 4}) {
    arguments.x_strides[i] = x.stride(axis);
    arguments.out_strides[i++] = place.stride(axis);
  }
  REQUIRE(cuda::norm_pixels(arguments, nullptr) == 0);
  CHECK(gap(place.contiguous(), kernel_steps::channel_norm_silu(x, gamma).contiguous()) < bound(type));
  CHECK(frame.eq(42.0).sum().item<std::int64_t>() >= frame.numel() - place.numel());
}

TEST_CASE("pixels that a kernel cannot take are refused, and none is nothing to do", "[kernels][unit]") {
  cuda::NormPixels arguments{};
  for (const std::int64_t channels : {0, 12, 2056}) {
    arguments.channels = channels;
    CHECK(cuda::norm_pixels(arguments, nullptr) != 0);
  }
  arguments.channels = 8;
  CHECK(cuda::norm_pixels(arguments, nullptr) == 0);
}

}  // namespace pixels_test
