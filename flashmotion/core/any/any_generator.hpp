#pragma once

#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a generator of any type the virtual interface.
template <Generator M>
class GeneratorModel final : public IGenerator {
 public:
  explicit GeneratorModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] NamedTensors named_tensors() const override { return model_.named_tensors(); }
  void set_training(bool on) override { model_.set_training(on); }
  [[nodiscard]] GeneratorSpec spec() const override { return model_.spec(); }
  [[nodiscard]] DenoiseResult denoise(const DenoiseRequest& request) override { return model_.denoise(request); }

 private:
  M model_;
};

/// A generator of any type; copies share it.
class AnyGenerator {
 public:
  AnyGenerator() = default;
  explicit AnyGenerator(std::shared_ptr<IGenerator> model) : model_(std::move(model)) {}
  template <Generator M>
  requires(!std::same_as<M, AnyGenerator>) explicit AnyGenerator(M model)
      : model_(std::make_shared<GeneratorModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] NamedTensors named_tensors() const { return model_->named_tensors(); }
  void set_training(bool on) { model_->set_training(on); }
  [[nodiscard]] GeneratorSpec spec() const { return model_->spec(); }
  [[nodiscard]] DenoiseResult denoise(const DenoiseRequest& request) { return model_->denoise(request); }

 private:
  std::shared_ptr<IGenerator> model_;
};

static_assert(Generator<AnyGenerator>);

}  // namespace flashmotion
