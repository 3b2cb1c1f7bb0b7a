#pragma once

#include "flashmotion/core/concepts/trajectory_encoder.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a trajectory encoder of any type the virtual interface.
template <TrajectoryEncoder M>
class TrajectoryEncoderModel final : public ITrajectoryEncoder {
 public:
  explicit TrajectoryEncoderModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] Tensor encode(const TrajectoryRequest& request) const override { return model_.encode(request); }

 private:
  M model_;
};

/// A trajectory encoder of any type; copies share it.
class AnyTrajectoryEncoder {
 public:
  AnyTrajectoryEncoder() = default;
  explicit AnyTrajectoryEncoder(std::shared_ptr<ITrajectoryEncoder> model) : model_(std::move(model)) {}
  template <TrajectoryEncoder M>
  requires(!std::same_as<M, AnyTrajectoryEncoder>) explicit AnyTrajectoryEncoder(M model)
      : model_(std::make_shared<TrajectoryEncoderModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] Tensor encode(const TrajectoryRequest& request) const { return model_->encode(request); }

 private:
  std::shared_ptr<ITrajectoryEncoder> model_;
};

static_assert(TrajectoryEncoder<AnyTrajectoryEncoder>);

}  // namespace flashmotion
