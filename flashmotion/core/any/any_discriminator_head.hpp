#pragma once

#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a discriminator head of any type the virtual interface.
template <DiscriminatorHead M>
class DiscriminatorHeadModel final : public IDiscriminatorHead {
 public:
  explicit DiscriminatorHeadModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] NamedTensors named_tensors() const override { return model_.named_tensors(); }
  void set_training(bool on) override { model_.set_training(on); }
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const GeneratorSpec& spec) const override {
    return model_.tap_blocks(spec);
  }
  [[nodiscard]] Tensor logits(const HeadRequest& request) override { return model_.logits(request); }

 private:
  M model_;
};

/// A discriminator head of any type; copies share it.
class AnyDiscriminatorHead {
 public:
  AnyDiscriminatorHead() = default;
  explicit AnyDiscriminatorHead(std::shared_ptr<IDiscriminatorHead> model) : model_(std::move(model)) {}
  template <DiscriminatorHead M>
  requires(!std::same_as<M, AnyDiscriminatorHead>) explicit AnyDiscriminatorHead(M model)
      : model_(std::make_shared<DiscriminatorHeadModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] NamedTensors named_tensors() const { return model_->named_tensors(); }
  void set_training(bool on) { model_->set_training(on); }
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const GeneratorSpec& spec) const {
    return model_->tap_blocks(spec);
  }
  [[nodiscard]] Tensor logits(const HeadRequest& request) { return model_->logits(request); }

 private:
  std::shared_ptr<IDiscriminatorHead> model_;
};

static_assert(DiscriminatorHead<AnyDiscriminatorHead>);

}  // namespace flashmotion
