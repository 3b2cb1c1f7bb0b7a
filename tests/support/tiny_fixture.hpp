#pragma once

#include "flashmotion/io/safetensors.hpp"

#include <torch/torch.h>

#include <filesystem>
#include <fstream>

// A fixture folder that a test can write and spoil: one Euler step of the stand-in model `tanh(0.7 x + 0.3 sigma)`.

namespace tiny_fixture {

inline constexpr const char* kDescription = R"({
  "component": "schedulers",
  "layout": "none",
  "tolerance": {"rtol": 1e-5, "atol": 1e-5},
  "config": {"traces": {"one": {
    "class": "FlowMatchEulerDiscreteScheduler", "arguments": {"shift": 5.0},
    "steps": 1, "shift": 5.0, "sigmas_before_shift": null}}}
})";

inline void describe(const std::filesystem::path& folder, const std::string& text = kDescription) {
  std::ofstream(folder / "fixture.json") << text;
}

/// `off` is added to the last expected sample.
inline void write(const std::filesystem::path& folder, double off = 0.0) {
  std::filesystem::create_directories(folder);
  describe(folder);
  const at::Tensor x = torch::tensor({-0.5F, 0.0F, 2.0F});
  const at::Tensor end = x - torch::tanh(x * 0.7 + 0.3) + torch::tensor({0.0, 0.0, off}).to(torch::kFloat);
  flashmotion::write_safetensors(folder / "inputs.safetensors", {{"sample", x}});
  flashmotion::write_safetensors(folder / "expected.safetensors", {{"one.sigmas", torch::tensor({1.0F, 0.0F})},
                                                                   {"one.timesteps", torch::tensor({1000.0F})},
                                                                   {"one.samples", torch::stack({x, end})}});
}

}  // namespace tiny_fixture
