#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/core/quantities.hpp"
#include "flashmotion/core/step_view.hpp"
#include "flashmotion/core/trajectory_request.hpp"
#include "flashmotion/core/types.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// The virtual mirrors of the concepts, nothing more: one virtual for each required expression, in the same order.
// Destructors are out of line, so that vtable and typeinfo have one home.

namespace flashmotion {

class FLASHMOTION_EXPORT IGenerator {
 public:
  virtual ~IGenerator();
  [[nodiscard]] virtual NamedTensors named_tensors() const = 0;
  virtual void set_training(bool on) = 0;
  [[nodiscard]] virtual GeneratorSpec spec() const = 0;
  [[nodiscard]] virtual DenoiseResult denoise(const DenoiseRequest& request) = 0;
};

class FLASHMOTION_EXPORT IAdapter {
 public:
  virtual ~IAdapter();
  [[nodiscard]] virtual NamedTensors named_tensors() const = 0;
  virtual void set_training(bool on) = 0;
  [[nodiscard]] virtual std::vector<Site> sites(const GeneratorSpec& spec) const = 0;
  [[nodiscard]] virtual bool depends_on_noise() const = 0;
  virtual void initialise_from(const NamedTensors& generator) = 0;
  [[nodiscard]] virtual SiteEdits edits(const AdapterRequest& request) = 0;
};

class FLASHMOTION_EXPORT IDiscriminatorHead {
 public:
  virtual ~IDiscriminatorHead();
  [[nodiscard]] virtual NamedTensors named_tensors() const = 0;
  virtual void set_training(bool on) = 0;
  [[nodiscard]] virtual std::vector<std::int64_t> tap_blocks(const GeneratorSpec& spec) const = 0;
  [[nodiscard]] virtual Tensor logits(const HeadRequest& request) = 0;
};

class FLASHMOTION_EXPORT IObjective {
 public:
  virtual ~IObjective();
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual Quantities needs() const = 0;
  [[nodiscard]] virtual LossTerm operator()(const StepView& view) const = 0;
};

class FLASHMOTION_EXPORT ISampler {
 public:
  virtual ~ISampler();
  [[nodiscard]] virtual std::span<const double> sigmas() const = 0;
  [[nodiscard]] virtual Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                                    Rng& rng) const = 0;
  [[nodiscard]] virtual std::span<const double> network_sigmas() const = 0;
};

class FLASHMOTION_EXPORT IWeightSchedule {
 public:
  virtual ~IWeightSchedule();
  [[nodiscard]] virtual double at(std::int64_t step) const = 0;
};

class FLASHMOTION_EXPORT ITrajectoryEncoder {
 public:
  virtual ~ITrajectoryEncoder();
  [[nodiscard]] virtual Tensor encode(const TrajectoryRequest& request) const = 0;
};

class FLASHMOTION_EXPORT ICodec {
 public:
  virtual ~ICodec();
  [[nodiscard]] virtual Tensor encode(const Tensor& video) const = 0;
  [[nodiscard]] virtual Tensor decode(const Tensor& latent) const = 0;
  [[nodiscard]] virtual NamedTensors named_tensors() const = 0;
};

class FLASHMOTION_EXPORT IDataset {
 public:
  virtual ~IDataset();
  [[nodiscard]] virtual ClipSpec spec() const = 0;
  [[nodiscard]] virtual ClipBatch draw(const ClipRequest& request, Rng& rng) const = 0;
};

}  // namespace flashmotion
