#include "flashmotion/wan/dit.hpp"

#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/bench/parity/network.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/samplers/conditioned.hpp"
#include "flashmotion/samplers/unipc.hpp"
#include "flashmotion/wan/dit_experts.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace flashmotion::parity {
namespace dit_detail {

// A transformer with the weights of a fixture, in the type that they have or in float32.
wan::DitGenerator load(const wan::CheckpointComponent& stored, wan::DitConfig config, Regime regime) {
  config.regime = regime;
  wan::DitGenerator dit(config, nn::Storage::deferred);
  wan::InstallOptions options;
  if (regime == Regime::fp32) options.dtype = torch::kFloat;
  wan::install(stored, dit.named_tensors(), options);
  return dit;
}

DenoiseRequest request_of(const Fixture& fixture, const wan::DitConfig& config) {
  DenoiseRequest request;
  const Tensor latent = fixture.input("latent");
  request.latent = latent.narrow(1, 0, config.latent_channels);
  if (config.condition_channels > 0) {
    request.image.channels = latent.narrow(1, config.latent_channels, config.condition_channels);
  }
  request.image.tokens = fixture.find_input("image").value_or(Tensor());
  request.text.tokens = fixture.input("text");
  request.sigma = fixture.input("timestep") / 1000;
  return request;
}

Tensor as_flag(bool value) { return torch::full({1}, value ? 1 : 0, torch::kLong); }

}  // namespace dit_detail

NamedTensors compute_dit(const Fixture& fixture) {
  const torch::NoGradGuard no_grad;
  const wan::CheckpointComponent stored = stored_network(fixture, {wan::ModelKind::transformer});
  const wan::DitConfig config = wan::dit_config(stored);
  wan::DitGenerator dit = dit_detail::load(stored, config, Regime::fp32);
  DenoiseRequest request = dit_detail::request_of(fixture, config);
  NamedTensors computed = dit.trace(request);
  if (const auto timestep = fixture.find_input("timestep_scalar")) {
    request.sigma = *timestep / 1000;
    computed.push_back({"sample_scalar", dit.denoise(request).prediction});
  }
  return computed;
}

NamedTensors compute_dit_bf16(const Fixture& fixture) {
  const torch::NoGradGuard no_grad;
  const wan::CheckpointComponent stored = stored_network(fixture, {wan::ModelKind::transformer});
  const wan::DitConfig config = wan::dit_config(stored);
  DenoiseRequest request = dit_detail::request_of(fixture, config);
  NamedTensors computed = dit_detail::load(stored, config, Regime::diffusers_bf16).trace(request);
  request.latent = request.latent.to(torch::kFloat);
  request.text.tokens = request.text.tokens.to(torch::kFloat);
  for (const auto& [name, tensor] : dit_detail::load(stored, config, Regime::fp32).trace(request)) {
    computed.push_back({name + ".fp32", tensor});
  }
  return computed;
}

NamedTensors compute_cfg(const Fixture& fixture) {
  const torch::NoGradGuard no_grad;
  const wan::CheckpointComponent stored = stored_network(fixture, {wan::ModelKind::transformer});
  wan::DitGenerator dit = dit_detail::load(stored, wan::dit_config(stored), Regime::fp32);
  const TextContext text{fixture.input("text")}, negative{fixture.input("text_negative")};
  const auto velocity = [&](const TextContext& of, const Guidance& guidance) {
    Conditioned<wan::DitGenerator, AnyAdapter> network(dit, nullptr, {of, {}, {}}, guidance);
    return network.velocity(fixture.input("latent"), fixture.input("timestep") / 1000);
  };
  NamedTensors computed{{"conditional", velocity(text, {})}, {"unconditional", velocity(negative, {})}};
  // The guidance is in the tensor's name.
  const std::string prefix = "guided.";
  for (const std::string& name : fixture.expected->names()) {
    if (!name.starts_with(prefix)) continue;
    Guidance guidance;
    guidance.scale = std::stod(name.substr(prefix.size()));
    guidance.negative = negative;
    computed.push_back({name, velocity(text, guidance)});
  }
  return computed;
}

NamedTensors compute_experts(const Fixture& fixture) {
  using dit_detail::as_flag;
  const torch::NoGradGuard no_grad;
  const auto load = [&](const char* prefix) {
    const wan::CheckpointComponent stored = stored_transformer(fixture, prefix);
    return dit_detail::load(stored, wan::dit_config(stored), Regime::fp32);
  };
  const wan::DitGenerator high = load("high_noise_model."), low = load("low_noise_model.");
  const Tensor mark = high.named_tensors().front().tensor;
  NamedTensors computed;
  const auto config = nlohmann::json::parse(fixture.config);
  for (const auto& [name, trace] : config.at("traces").items()) {
    const double boundary = trace.at("boundary").get<double>();
    wan::DitExperts experts(high, low, boundary);
    const auto is_high = [&](const Tensor& sigma) {
      return as_flag(experts.expert(sigma).named_tensors().front().tensor.is_same(mark));
    };
    std::vector<Tensor> chosen, used, samples{fixture.input("latent")};
    const Tensor timesteps = fixture.input("timesteps");
    for (std::int64_t i = 0; i < timesteps.size(0); ++i) chosen.push_back(is_high(timesteps.narrow(0, i, 1) / 1000));

    Guidance guidance;
    guidance.scale = trace.at("guidance").at(0).get<double>();
    guidance.high_scale = trace.at("guidance").at(1).get<double>();
    guidance.boundary = boundary;
    guidance.negative = {fixture.input("text_negative")};
    Conditioned<wan::DitExperts, AnyAdapter> network(experts, nullptr, {{fixture.input("text")}, {}, {}}, guidance);
    const Unipc sampler({.steps = trace.at("steps").get<std::int64_t>(),
                         .shift = trace.at("shift").get<double>(),
                         .grid = SigmaGrid::diffusers});
    SamplerState state;
    Rng rng(0, "unused");
    for (std::size_t i = 0; i + 1 < sampler.sigmas().size(); ++i) {
      const Tensor sigma = torch::full({samples.back().size(0)}, sampler.network_sigmas()[i]);
      used.push_back(is_high(sigma));
      samples.push_back(sampler.step(samples.back(), network.velocity(samples.back(), sigma), i, state, rng));
    }
    const auto numbers = [](std::span<const double> values) {
      return torch::tensor(at::ArrayRef<double>(values.data(), values.size()), torch::kFloat64);
    };
    computed.push_back({name + ".is_high", torch::cat(chosen)});
    computed.push_back({name + ".used_high", torch::cat(used)});
    computed.push_back({name + ".timesteps", numbers(sampler.network_sigmas().first(used.size())) * 1000});
    computed.push_back({name + ".sigmas", numbers(sampler.sigmas())});
    computed.push_back({name + ".samples", torch::stack(samples)});
  }
  return computed;
}

}  // namespace flashmotion::parity
