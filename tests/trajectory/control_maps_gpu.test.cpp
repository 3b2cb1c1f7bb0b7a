#include "flashmotion/core/rng.hpp"
#include "flashmotion/kernels/loaded_kernels.hpp"
#include "flashmotion/trajectory/control_maps.hpp"
#include "tests/support/gpu.hpp"

#include <tuple>
#include <utility>

namespace control_maps_gpu_test {

using namespace gpu_support;

TEST_CASE("the GPU paints the pixels that the CPU paints", "[trajectory][cuda]") {
  if (!have_gpu()) return;
  REQUIRE(flashmotion::cuda::loaded_kernels() != nullptr);
  const auto there = [](const Tensor& tensor) { return tensor.to(at::kCUDA); };
  Tensor valid = torch::ones({2, 6}, torch::kBool);
  valid[1][2] = false;
  const Tensor colours = flashmotion::Rng(8, "colours").uniform({2, 6, 3});
  for (const auto& [height, width] : {std::pair{1, 1}, std::pair{7, 13}, std::pair{480, 832}, std::pair{3, 1283}}) {
    CAPTURE(height, width);
    Tensor boxes = flashmotion::Rng(7, "boxes").uniform({2, 6, 3, 2, 2}) * 1.4 - 0.2;
    boxes = std::get<0>(boxes.sort(3)).flatten(3);
    // The topmost object's sides lie on centres of pixels, rounded as the CPU rounds them.
    const Tensor counts = torch::tensor({width, height, width, height});
    boxes.select(1, 5).copy_((boxes.select(1, 5) * counts).floor().add(0.5).div(counts));
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {  // a kernel of ours, and LibTorch's operators
      const Tensor sides = boxes.to(type);
      const Tensor want = flashmotion::draw_control_maps(sides, valid, colours, height, width);
      const Tensor have = flashmotion::draw_control_maps(there(sides), there(valid), there(colours), height, width);
      CHECK(have.is_cuda());
      CHECK(have.to(at::kCPU).equal(want));
      CHECK(flashmotion::box_masks(there(sides), height, width)
                .to(at::kCPU)
                .equal(flashmotion::box_masks(sides, height, width)));
    }
    const Tensor masks = flashmotion::Rng(9, "specks").uniform({2, 6, 3, height, width}).gt(0.6);
    CHECK(flashmotion::draw_control_maps(there(masks), there(valid), there(colours))
              .to(at::kCPU)
              .equal(flashmotion::draw_control_maps(masks, valid, colours)));
  }
}

}  // namespace control_maps_gpu_test
