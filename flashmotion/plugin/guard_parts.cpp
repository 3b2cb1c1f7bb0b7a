#include "flashmotion/plugin/detail/guard_caller.hpp"
#include "flashmotion/plugin/guard.hpp"

#include <c10/core/ScalarType.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

// Guards of the parts that have no parameters.

namespace flashmotion {
namespace guard_detail {

class GuardedObjective final : public IObjective {
 public:
  GuardedObjective(std::unique_ptr<IObjective> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::objective), object_(std::move(object)) {}

  [[nodiscard]] std::string name() const override {
    return caller_.call("name", [&] { return object_->name(); });
  }
  [[nodiscard]] Quantities needs() const override {
    return caller_.call("needs", [&] { return object_->needs(); });
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const override {
    LossTerm term = caller_.call("operator", [&] { return (*object_)(view); });
    caller_.expect_tensor("operator", "a loss", term.value, {0, "a scalar []"});
    caller_.expect_finite("operator", "a loss", term.value, [&] {
      for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(Quantity::count_); ++i) {
        const auto quantity = static_cast<Quantity>(i);
        if (needs().contains(quantity) && !all_finite(view[quantity])) return true;
      }
      return false;
    });
    return term;
  }

 private:
  Caller caller_;
  std::unique_ptr<IObjective> object_;
};

class GuardedSampler final : public ISampler {
 public:
  GuardedSampler(std::unique_ptr<ISampler> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::sampler), object_(std::move(object)) {}

  [[nodiscard]] std::span<const double> sigmas() const override {
    const std::span<const double> sigmas = caller_.call("sigmas", [&] { return object_->sigmas(); });
    // Written so that a NaN is refused too.
    bool falls = sigmas.size() >= 2 && sigmas.front() <= 1.0 && sigmas.back() == 0.0;
    for (std::size_t i = 1; i < sigmas.size(); ++i) falls = falls && sigmas[i] < sigmas[i - 1];
    if (!falls) caller_.refuse("sigmas", "returned a list that does not fall strictly from at most 1 to 0");
    return sigmas;
  }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& rng) const override {
    Tensor next = caller_.call("step", [&] { return object_->step(x, velocity, i, state, rng); });
    caller_.expect_tensor("step", "a latent", next, {x.dim(), shape_text(x), x});
    if (next.sizes() != x.sizes())
      caller_.refuse("step",
                     fmt::format("returned a latent of shape {}, expected {}", shape_text(next), shape_text(x)));
    caller_.expect_finite("step", "a latent", next, [&] { return any_not_finite({&x, &velocity}); });
    return next;
  }
  [[nodiscard]] std::span<const double> network_sigmas() const override {
    const std::span<const double> told = caller_.call("network_sigmas", [&] { return object_->network_sigmas(); });
    if (told.size() + 1 < sigmas().size())
      caller_.refuse("network_sigmas", "returned fewer levels than there are steps");
    return told;
  }

 private:
  Caller caller_;
  std::unique_ptr<ISampler> object_;
};

class GuardedSchedule final : public IWeightSchedule {
 public:
  GuardedSchedule(std::unique_ptr<IWeightSchedule> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::schedule), object_(std::move(object)) {}

  [[nodiscard]] double at(std::int64_t step) const override {
    const double weight = caller_.call("at", [&] { return object_->at(step); });
    if (!std::isfinite(weight) || weight < 0.0)
      caller_.refuse("at", fmt::format("returned {} at step {}, expected a finite number of at least 0", weight, step));
    return weight;
  }

 private:
  Caller caller_;
  std::unique_ptr<IWeightSchedule> object_;
};

class GuardedEncoder final : public ITrajectoryEncoder {
 public:
  GuardedEncoder(std::unique_ptr<ITrajectoryEncoder> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::trajectory_encoder), object_(std::move(object)) {}

  [[nodiscard]] Tensor encode(const TrajectoryRequest& request) const override {
    Tensor maps = caller_.call("encode", [&] { return object_->encode(request); });
    constexpr std::string_view kAxes = "[B, 3, F, H, W]";
    caller_.expect_tensor("encode", "control maps", maps, {5, kAxes, request.boxes});
    if (maps.scalar_type() != c10::kFloat)
      caller_.refuse("encode", "returned control maps in half precision, expected float32");
    const auto expected = {request.boxes.size(0), std::int64_t{3}, request.boxes.size(2), request.height,
                           request.width};
    if (maps.sizes() != at::IntArrayRef(expected))
      caller_.refuse("encode", fmt::format("returned control maps of shape {}, expected [{}]", shape_text(maps),
                                           fmt::join(expected, ", ")));
    caller_.expect_finite("encode", "control maps", maps, [&] {
      return any_not_finite({&request.boxes, &request.colours});
    });
    if (maps.is_cpu() && maps.numel() > 0 && maps.detach().abs().max().item<double>() > 1.0)
      caller_.refuse("encode", "returned control maps with numbers outside -1 to 1");
    return maps;
  }

 private:
  Caller caller_;
  std::unique_ptr<ITrajectoryEncoder> object_;
};

}  // namespace guard_detail

std::shared_ptr<IObjective> guard(std::unique_ptr<IObjective> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedObjective>(std::move(object), std::move(name));
}
std::shared_ptr<ISampler> guard(std::unique_ptr<ISampler> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedSampler>(std::move(object), std::move(name));
}
std::shared_ptr<IWeightSchedule> guard(std::unique_ptr<IWeightSchedule> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedSchedule>(std::move(object), std::move(name));
}
std::shared_ptr<ITrajectoryEncoder> guard(std::unique_ptr<ITrajectoryEncoder> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedEncoder>(std::move(object), std::move(name));
}

}  // namespace flashmotion
