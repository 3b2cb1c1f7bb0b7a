#pragma once

#include "flashmotion/core/concepts/codec.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a codec of any type the virtual interface.
template <Codec M>
class CodecModel final : public ICodec {
 public:
  explicit CodecModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] Tensor encode(const Tensor& video) const override { return model_.encode(video); }
  [[nodiscard]] Tensor decode(const Tensor& latent) const override { return model_.decode(latent); }
  [[nodiscard]] NamedTensors named_tensors() const override { return model_.named_tensors(); }

 private:
  M model_;
};

/// A codec of any type; copies share it.
class AnyCodec {
 public:
  AnyCodec() = default;
  explicit AnyCodec(std::shared_ptr<ICodec> model) : model_(std::move(model)) {}
  template <Codec M>
  requires(!std::same_as<M, AnyCodec>) explicit AnyCodec(M model)
      : model_(std::make_shared<CodecModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] Tensor encode(const Tensor& video) const { return model_->encode(video); }
  [[nodiscard]] Tensor decode(const Tensor& latent) const { return model_->decode(latent); }
  [[nodiscard]] NamedTensors named_tensors() const { return model_->named_tensors(); }

 private:
  std::shared_ptr<ICodec> model_;
};

static_assert(Codec<AnyCodec>);

}  // namespace flashmotion
