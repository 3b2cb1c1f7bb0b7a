#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/samplers/dpmpp.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/unipc.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace flashmotion::parity {
namespace schedulers_detail {

using Json = nlohmann::json;

// The sampler of a trace: a class of Diffusers with its arguments. A line that is to be shifted stands for Wan's grid.
AnySampler make_sampler(const std::string& name, const Json& trace) {
  const auto type = trace.at("class").get<std::string>();
  const Json& arguments = trace.at("arguments");
  const std::int64_t steps = trace.at("steps").get<std::int64_t>();
  const double shift = trace.at("shift").get<double>();
  const Json& line = trace.at("sigmas_before_shift");
  const SigmaGrid grid = line.is_null() ? SigmaGrid::diffusers : SigmaGrid::wan;
  const auto begins_at = [&](double first) { return line.is_null() || line == Json::array({first, 0.0}); };
  if (arguments.value("solver_order", 2) == 2) {
    if (type == "FlowMatchEulerDiscreteScheduler" && line.is_null()) {
      return AnySampler(Euler({.steps = steps, .shift = shift, .grid = grid}));
    }
    if (type == "UniPCMultistepScheduler" && arguments.value("solver_type", "bh2") == "bh2" && begins_at(0.999)) {
      return AnySampler(Unipc({.steps = steps, .shift = shift, .grid = grid}));
    }
    if (type == "DPMSolverMultistepScheduler" && arguments.value("solver_type", "midpoint") == "midpoint" &&
        begins_at(1.0)) {
      return AnySampler(Dpmpp({.steps = steps, .shift = shift, .grid = grid}));
    }
  }
  throw InputError(fmt::format("the trace '{}' uses a {} with arguments that no sampler here has", name, type));
}

Tensor numbers(std::span<const double> values) {
  return torch::tensor(at::ArrayRef<double>(values.data(), values.size()), torch::kFloat64);
}

}  // namespace schedulers_detail

NamedTensors compute_schedulers(const Fixture& fixture) {
  using namespace schedulers_detail;
  NamedTensors computed;
  const Json config = Json::parse(fixture.config);
  for (const auto& [name, trace] : config.at("traces").items()) {
    const AnySampler sampler = make_sampler(name, trace);
    const std::span<const double> sigmas = sampler.sigmas();
    Tensor x = fixture.input("sample");
    std::vector<Tensor> samples{x};
    SamplerState state;
    Rng rng(0, "unused");
    for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) {
      // The stand-in for a network that the fixture states.
      x = sampler.step(x, torch::tanh(x * 0.7 + 0.3 * sigmas[i]), i, state, rng);
      samples.push_back(x);
    }
    computed.push_back({name + ".timesteps", numbers(sampler.network_sigmas().first(sigmas.size() - 1)) * 1000});
    computed.push_back({name + ".sigmas", numbers(sigmas)});
    computed.push_back({name + ".samples", torch::stack(samples)});
  }
  return computed;
}

}  // namespace flashmotion::parity
