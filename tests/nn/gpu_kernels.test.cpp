#include "flashmotion/nn/gpu_kernels.hpp"
#include "flashmotion/nn/norm.hpp"
#include "tests/support/gpu.hpp"
#include "tests/support/kernel_steps.hpp"

#include <torch/torch.h>

// Equality with the same steps in LibTorch's operators, which are what runs where a kernel does not apply.

namespace gpu_kernels_test {

using namespace gpu_support;
using kernel_steps::bound;
namespace gpu = flashmotion::nn::gpu;

at::TensorOptions on_gpu(at::ScalarType type) { return at::TensorOptions().device(at::kCUDA).dtype(type); }

TEST_CASE("without a GPU the kernels leave the work to LibTorch", "[nn][unit]") {
  const Tensor x = torch::randn({1, 2, 4, 64}), table = torch::randn({1, 1, 1, 64});
  CHECK_FALSE(gpu::norm(x, table, table, 1.0, 1e-6, at::kFloat, false).has_value());
  CHECK_FALSE(gpu::gated_sum(x, x, table).has_value());
  CHECK_FALSE(gpu::turned_norm(x.flatten(1, 2), table.flatten(), {}, 4, 1e-6, false).has_value());
  CHECK_FALSE(gpu::channel_norm_silu(torch::randn({1, 8, 1, 2, 2}), torch::ones(8), torch::empty({1, 8, 1, 2, 2})));
}

TEST_CASE("the GPU's norms give what LibTorch's operators give", "[nn][cuda]") {
  if (!have_gpu()) return;
  REQUIRE(gpu::have_kernels());
  torch::manual_seed(1);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const std::int64_t width : {64, 1536, 3072, 5120}) {
      for (const std::int64_t levels : {1, 3}) {
        for (const bool keeps : {false, true}) {
          CAPTURE(type, width, levels, keeps);
          const Tensor x = torch::randn({2, 3, 50, width}, on_gpu(type)) * 3 + 1;
          const auto m = torch::randn({2, levels, 6, width}, on_gpu(at::kFloat)).unsqueeze(2).unbind(3);
          const auto done = gpu::norm(x, m[1], m[0], 1.0, 1e-6, type, keeps);
          REQUIRE(done.has_value());
          CHECK(gap(*done, kernel_steps::norm(x, m[1], m[0], 1.0, type, keeps)) < bound(type));
          const Tensor y = torch::randn_like(x);
          const auto sum = gpu::gated_sum(x, y, m[2]);
          REQUIRE(sum.has_value());
          CHECK(gap(*sum, kernel_steps::gated_sum(x, y, m[2])) < bound(type));
        }
      }
    }
  }
}

TEST_CASE("the GPU's norm of queries and keys turns them as LibTorch's operators do", "[nn][cuda]") {
  if (!have_gpu()) return;
  REQUIRE(gpu::have_kernels());
  torch::manual_seed(2);
  const flashmotion::Grid grid{3, 4, 6};
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const std::int64_t width : {192, 3072}) {
      for (const bool keeps : {false, true}) {
        for (const bool turned : {false, true}) {
          CAPTURE(type, width, keeps, turned);
          const std::int64_t heads = width / 64;
          const Tensor x = torch::randn({2, grid.tokens(), width}, on_gpu(type)) * 2;
          flashmotion::nn::RmsNorm norm(width, 1e-6);
          norm->to(at::kCUDA);
          norm->weight.set_data(torch::rand({width}, on_gpu(type)) + 0.5);
          Tensor turns;
          if (turned) turns = flashmotion::nn::rope_factors(grid, 64).to(at::kCUDA);
          const torch::NoGradGuard no_grad;
          REQUIRE(gpu::turned_norm(x, norm->weight, turns, heads, 1e-6, keeps).has_value());
          const Tensor done = norm->turned(x, turns, heads, keeps);
          const Tensor normal = norm->forward(x, keeps).unflatten(-1, {heads, -1});
          CHECK(gap(done, (turned ? flashmotion::nn::apply_rope(normal, turns) : normal).to(type)) < bound(type));
        }
      }
    }
  }
}

TEST_CASE("the GPU's channel norm writes what LibTorch's operators give", "[nn][cuda]") {
  if (!have_gpu()) return;
  REQUIRE(gpu::have_kernels());
  torch::manual_seed(3);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const std::int64_t channels : {8, 96, 256, 640, 1024}) {
      CAPTURE(type, channels);
      const Tensor x = torch::randn({2, channels, 3, 5, 7}, on_gpu(type)).contiguous(at::MemoryFormat::ChannelsLast3d);
      const Tensor gamma = torch::rand({channels}, on_gpu(type)) + 0.5;
      Tensor frame =
          torch::full({2, channels, 5, 7, 9}, 42.0, on_gpu(type)).contiguous(at::MemoryFormat::ChannelsLast3d);
      const Tensor place = frame.narrow(2, 2, 3).narrow(3, 1, 5).narrow(4, 1, 7);
      REQUIRE(gpu::channel_norm_silu(x, gamma, place));
      CHECK(gap(place.contiguous(), kernel_steps::channel_norm_silu(x, gamma).contiguous()) < bound(type));
      CHECK(frame.eq(42.0).sum().item<std::int64_t>() >= frame.numel() - place.numel());  // the border is as it was
    }
  }
}

}  // namespace gpu_kernels_test
