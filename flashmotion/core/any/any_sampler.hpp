#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a sampler of any type the virtual interface.
template <Sampler M>
class SamplerModel final : public ISampler {
 public:
  explicit SamplerModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] std::span<const double> sigmas() const override { return model_.sigmas(); }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& rng) const override {
    return model_.step(x, velocity, i, state, rng);
  }
  [[nodiscard]] std::span<const double> network_sigmas() const override { return flashmotion::network_sigmas(model_); }

 private:
  M model_;
};

/// A sampler of any type; copies share it.
class AnySampler {
 public:
  AnySampler() = default;
  explicit AnySampler(std::shared_ptr<ISampler> model) : model_(std::move(model)) {}
  template <Sampler M>
  requires(!std::same_as<M, AnySampler>) explicit AnySampler(M model)
      : model_(std::make_shared<SamplerModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] std::span<const double> sigmas() const { return model_->sigmas(); }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& rng) const {
    return model_->step(x, velocity, i, state, rng);
  }
  [[nodiscard]] std::span<const double> network_sigmas() const { return model_->network_sigmas(); }

 private:
  std::shared_ptr<ISampler> model_;
};

static_assert(Sampler<AnySampler>);

}  // namespace flashmotion
