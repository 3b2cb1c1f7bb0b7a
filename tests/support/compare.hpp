#pragma once

#include "tests/support/catch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

// The one way to compare tensors in tests: `CHECK_THAT(have, close_to(want))`.

namespace compare {

struct Tolerance {
  double absolute = 0.0;
  double relative = 0.0;
};

/// What two ways to the same number may differ by in a type.
[[nodiscard]] inline Tolerance tolerance_of(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat64:
      return {1e-12, 1e-10};
    case torch::kFloat:
      return {1e-5, 1e-5};
    case torch::kBFloat16:
      return {2e-2, 2e-2};
    case torch::kHalf:
      return {2e-3, 2e-3};
    default:
      return {};  // whole numbers and truth values: equal
  }
}

/// Passes when shape and type are equal and `|have - want| <= absolute + relative |want|` everywhere; values that are
/// not finite pass nowhere. Tells shape, type, the worst place and both values there.
class CloseTo : public Catch::MatcherBase<at::Tensor> {
 public:
  CloseTo(at::Tensor want, Tolerance tolerance) : want_(std::move(want)), tolerance_(tolerance) {}

  bool match(const at::Tensor& have) const override {
    found_ = compare(have);
    return found_.empty();
  }
  std::string describe() const override { return found_.empty() ? "is close" : "is not close: " + found_; }

 private:
  [[nodiscard]] static std::string shape(const at::Tensor& x) {
    return fmt::format("[{}]", fmt::join(x.sizes(), ", "));
  }

  [[nodiscard]] std::string compare(const at::Tensor& have) const {
    if (!have.defined() || !want_.defined()) return "undefined";
    if (have.sizes() != want_.sizes()) return fmt::format("shape {}, expected {}", shape(have), shape(want_));
    if (have.scalar_type() != want_.scalar_type()) {
      return fmt::format("type {}, expected {}", c10::toString(have.scalar_type()), c10::toString(want_.scalar_type()));
    }
    if (have.numel() == 0) return {};
    const at::Tensor a = have.detach().to(torch::kFloat64).flatten();
    const at::Tensor b = want_.detach().to(torch::kFloat64).flatten();
    const at::Tensor beyond =
        at::nan_to_num((a - b).abs() - tolerance_.absolute - tolerance_.relative * b.abs(), 1e300);
    const auto worst = beyond.argmax().item<std::int64_t>();
    if (beyond[worst].item<double>() <= 0) return {};
    std::vector<std::int64_t> place;
    std::int64_t rest = worst;
    for (std::int64_t axis = have.dim() - 1; axis >= 0; --axis) {
      place.insert(place.begin(), rest % have.size(axis));
      rest /= have.size(axis);
    }
    return fmt::format("{} of {} values; worst at [{}]: {:.9g}, expected {:.9g} (within {:g} + {:g} relative); {} {}",
                       (beyond > 0).sum().item<std::int64_t>(), have.numel(), fmt::join(place, ", "),
                       a[worst].item<double>(), b[worst].item<double>(), tolerance_.absolute, tolerance_.relative,
                       c10::toString(have.scalar_type()), shape(have));
  }

  at::Tensor want_;
  Tolerance tolerance_;
  mutable std::string found_;
};

/// Within what the type of `want` allows.
[[nodiscard]] inline CloseTo close_to(const at::Tensor& want) { return {want, tolerance_of(want.scalar_type())}; }
/// Within a stated tolerance.
[[nodiscard]] inline CloseTo close_to(const at::Tensor& want, Tolerance tolerance) { return {want, tolerance}; }
/// Equal in every value.
[[nodiscard]] inline CloseTo equal_to(const at::Tensor& want) { return {want, {}}; }

}  // namespace compare

namespace Catch {

/// Failures show a tensor's shape and first values, not all of it.
template <>
struct StringMaker<at::Tensor> {
  static std::string convert(const at::Tensor& x) {
    if (!x.defined()) return "undefined tensor";
    const at::Tensor head = x.detach().to(torch::kFloat64).flatten().slice(0, 0, 6).contiguous();
    const std::vector<double> values(head.data_ptr<double>(), head.data_ptr<double>() + head.numel());
    return fmt::format("{} [{}] {{{:.6g}{}}}", c10::toString(x.scalar_type()), fmt::join(x.sizes(), ", "),
                       fmt::join(values, ", "), x.numel() > 6 ? ", …" : "");
  }
};

}  // namespace Catch
