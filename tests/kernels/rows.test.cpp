#include "flashmotion/kernels/launchers.hpp"
#include "flashmotion/nn/norm.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gap.hpp"
#include "tests/support/kernel_arguments.hpp"
#include "tests/support/kernel_steps.hpp"

#include <torch/torch.h>

// The kernels' own source, run on the CPU, beside the same steps in LibTorch's operators.

namespace rows_test {

using namespace kernel_arguments;
using kernel_steps::bound;

constexpr std::int64_t kClips = 2, kFrames = 3, kTokens = 4;

// A table of `levels` rows a clip, between the rows of others.
Tensor table(std::int64_t levels, std::int64_t width) {
  return torch::randn({kClips, levels, 6, width}).unsqueeze(2).select(3, 1);
}
std::int64_t rows_per_group(std::int64_t levels) { return kFrames * kTokens / levels; }

TEST_CASE("a layer norm with scale and shift is what LibTorch's operators give", "[kernels][unit]") {
  torch::manual_seed(1);
  const auto type = GENERATE(at::kFloat, at::kBFloat16), out_type = GENERATE(at::kFloat, at::kBFloat16);
  const std::int64_t width = GENERATE(8, 64, 1536, 5120, 16384), levels = GENERATE(1, 3);
  const bool rounds = GENERATE(false, true);
  const double base = GENERATE(0.0, 1.0);
  CAPTURE(type, out_type, width, levels, rounds, base);
  const Tensor x = (torch::randn({kClips, kFrames, kTokens, width}) * 3 + 1).to(type);
  const Tensor scale = table(levels, width), shift = table(levels, width);
  Tensor out = torch::full(x.sizes(), 42.0, out_type);
  const cuda::NormRows arguments{.x = rows(x),
                                 .out = out.mutable_data_ptr(),
                                 .out_type = number(out_type),
                                 .rows = x.numel() / width,
                                 .width = width,
                                 .scale = scale.const_data_ptr<float>(),
                                 .shift = shift.const_data_ptr<float>(),
                                 .rows_per_group = rows_per_group(levels),
                                 .group_stride = 6 * width,
                                 .base = static_cast<float>(base),
                                 .epsilon = 1e-6F,
                                 .round_normal = rounds};
  REQUIRE(cuda::norm_rows(arguments, nullptr) == 0);
  const auto coarsest = rounds && type == at::kBFloat16 ? type : out_type;
  CHECK(gap(out, kernel_steps::norm(x, scale, shift, base, out_type, rounds)) < bound(coarsest));
}

TEST_CASE("an RMS norm with rotation is what LibTorch's operators give", "[kernels][unit]") {
  torch::manual_seed(2);
  const auto type = GENERATE(at::kFloat, at::kBFloat16), weight_type = GENERATE(at::kFloat, at::kBFloat16);
  const std::int64_t width = GENERATE(64, 192, 3072, 5120);
  const bool keeps = GENERATE(false, true), turned = GENERATE(false, true);
  CAPTURE(type, weight_type, width, keeps, turned);
  const flashmotion::Grid grid{2, 2, 3};
  const Tensor x = (torch::randn({kClips, grid.tokens(), width}) * 2).to(type);
  flashmotion::nn::RmsNorm norm(width, 1e-6);
  norm->weight.set_data((torch::rand({width}) + 0.5).to(weight_type));
  const Tensor turns = turned ? flashmotion::nn::rope_factors(grid, 64) : Tensor();
  Tensor out = torch::full(x.sizes(), 42.0, type);
  const cuda::TurnRows arguments{.x = rows(x),
                                 .out = out.mutable_data_ptr(),
                                 .out_type = number(type),
                                 .rows = x.numel() / width,
                                 .width = width,
                                 .head_width = 64,
                                 .weight = rows(norm->weight),
                                 .turns = turned ? static_cast<const float*>(turns.const_data_ptr()) : nullptr,
                                 .tokens = grid.tokens(),
                                 .epsilon = 1e-6F,
                                 .round_normal = keeps,
                                 .round_scaled = !keeps || weight_type == type};
  REQUIRE(cuda::turn_rows(arguments, nullptr) == 0);
  const torch::NoGradGuard no_grad;
  CHECK(gap(out, norm->turned(x, turns, width / 64, keeps).flatten(2)) < bound(type));
}

TEST_CASE("a gated sum is what LibTorch's operators give, into x as well", "[kernels][unit]") {
  torch::manual_seed(3);
  const auto type = GENERATE(at::kFloat, at::kBFloat16), y_type = GENERATE(at::kFloat, at::kBFloat16);
  const std::int64_t width = GENERATE(8, 64, 1536), levels = GENERATE(1, 3);
  CAPTURE(type, y_type, width, levels);
  Tensor x = torch::randn({kClips, kFrames, kTokens, width}).to(type);
  const Tensor y = torch::randn(x.sizes()).to(y_type), gate = table(levels, width);
  const Tensor want = kernel_steps::gated_sum(x, y, gate);
  const cuda::GateRows arguments{.x = rows(x),
                                 .y = rows(y),
                                 .out = x.mutable_data_ptr(),
                                 .rows = x.numel() / width,
                                 .width = width,
                                 .gate = gate.const_data_ptr<float>(),
                                 .rows_per_group = rows_per_group(levels),
                                 .group_stride = 6 * width};
  REQUIRE(cuda::gate_rows(arguments, nullptr) == 0);
  CHECK(gap(x, want) < bound(type));
}

TEST_CASE("rows that a kernel cannot take are refused, and none is nothing to do", "[kernels][unit]") {
  cuda::NormRows norm{};
  cuda::TurnRows turn{};
  cuda::GateRows gate{};
  for (const std::int64_t width : {0, 12, 16392}) {
    CAPTURE(width);
    norm.width = turn.width = gate.width = width;
    turn.head_width = 8;
    CHECK(cuda::norm_rows(norm, nullptr) != 0);
    CHECK(cuda::turn_rows(turn, nullptr) != 0);
    CHECK(cuda::gate_rows(gate, nullptr) != 0);
  }
  norm.width = turn.width = gate.width = 64;
  CHECK(cuda::norm_rows(norm, nullptr) == 0);
  CHECK(cuda::turn_rows(turn, nullptr) == 0);
  CHECK(cuda::gate_rows(gate, nullptr) == 0);
  turn.head_width = 12;
  CHECK(cuda::turn_rows(turn, nullptr) != 0);
  norm.rows = 3'000'000'000;
  CHECK(cuda::norm_rows(norm, nullptr) != 0);
}

}  // namespace rows_test
