#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/entry.hpp"

namespace flashmotion {

/// What a plugin's entry function is given: it adds its components and returns.
class FLASHMOTION_EXPORT Registrar {
 public:
  Registrar() = default;
  Registrar(const Registrar&) = delete;
  Registrar& operator=(const Registrar&) = delete;
  virtual ~Registrar();

  virtual void add_adapter(const Entry<IAdapter>& entry) = 0;
  virtual void add_head(const Entry<IDiscriminatorHead>& entry) = 0;
  virtual void add_objective(const Entry<IObjective>& entry) = 0;
  virtual void add_sampler(const Entry<ISampler>& entry) = 0;
  virtual void add_schedule(const Entry<IWeightSchedule>& entry) = 0;
  virtual void add_trajectory_encoder(const Entry<ITrajectoryEncoder>& entry) = 0;
};

/// The entry function of a plugin, exported as `flashmotion_register_v1`.
using RegisterFunction = void(Registrar&);

}  // namespace flashmotion
