#include "flashmotion/core/device.hpp"
#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/Context.h>

#include <string>

namespace device_test {

using flashmotion::AttentionKernel;
using flashmotion::open_device;

std::string refusal(const std::string& name) {
  try {
    static_cast<void>(open_device(name));
  } catch (const flashmotion::InputError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

TEST_CASE("devices are opened by name, and others are refused with the way out", "[core][message]") {
  CHECK(open_device("cpu").is_cpu());
  CHECK(flashmotion::device_name(open_device("cpu")) == "cpu");
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:100", "CUDA"}) {
    CHECK(refusal(name) == "no device named '" + std::string(name) + "'; there are auto, cpu, cuda and cuda:NUMBER");
  }
  if (flashmotion::cuda_problem().empty()) {
    CHECK(open_device("auto") == open_device("cuda:0"));
    CHECK(refusal("cuda:99").starts_with("there is no device 'cuda:99'; the GPUs here are cuda:0 to cuda:"));
  } else {
    CHECK(open_device("auto").is_cpu());
    CHECK(refusal("cuda") ==
          "the device 'cuda' cannot be used: " + flashmotion::cuda_problem() + "; or take the device cpu");
  }
}

TEST_CASE("one attention kernel means no other", "[core][unit]") {
  const auto& context = at::globalContext();
  flashmotion::use_attention(AttentionKernel::cudnn);
  CHECK(context.userEnabledCuDNNSDP());
  CHECK_FALSE(context.userEnabledFlashSDP());
  CHECK_FALSE(context.userEnabledMemEfficientSDP());
  CHECK_FALSE(context.userEnabledMathSDP());
  flashmotion::use_attention(AttentionKernel::automatic);
  CHECK(context.userEnabledFlashSDP());
  CHECK(context.userEnabledMathSDP());
}

}  // namespace device_test
