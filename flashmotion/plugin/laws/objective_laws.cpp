#include "flashmotion/plugin/laws/objective_laws.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/plugin/laws/tensors.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace flashmotion {
namespace objective_laws_detail {

constexpr auto kQuantities = static_cast<std::size_t>(Quantity::count_);

/// Gives every quantity of two clips, with gradient where a network made it, and remembers what was read.
class DrawnSource final : public QuantitySource {
 public:
  [[nodiscard]] Quantities read() const { return read_; }

 protected:
  Tensor compute(Quantity quantity) override {
    read_ = read_ | Quantities{quantity};
    Rng rng(9, to_string(quantity));
    if (quantity == Quantity::sigma) return rng.uniform({2});
    const bool logits = quantity == Quantity::real_logits || quantity == Quantity::fake_logits ||
                        quantity == Quantity::real_slope || quantity == Quantity::fake_slope;
    const bool fixed = quantity == Quantity::clean || quantity == Quantity::velocity_target;
    if (logits) return rng.normal({2, 3}).set_requires_grad(true);
    if (quantity == Quantity::mask_logits) return rng.normal({2, 1, 3, 4, 4}).set_requires_grad(true);
    if (quantity == Quantity::real_features || quantity == Quantity::fake_features)
      return rng.normal({2, 2, 6, 4}).set_requires_grad(true);
    return rng.normal({2, 3, 3, 4, 4}).set_requires_grad(!fixed);
  }

 private:
  Quantities read_;
};

Quantities all_quantities() {
  Quantities all;
  for (std::size_t i = 0; i < kQuantities; ++i) all = all | Quantities{static_cast<Quantity>(i)};
  return all;
}

/// What an objective read, whether it ended well or not.
Quantities quantities_read(const AnyObjective& objective) {
  DrawnSource source;
  try {
    static_cast<void>(objective(StepView(source, all_quantities(), 0)));
  } catch (const std::exception&) {
    // Law `value` tells.
  }
  return source.read();
}

std::string wrong_reading(const AnyObjective& objective) {
  const Quantities declared = objective.needs();
  const Quantities read = quantities_read(objective);
  if (read.empty()) return "it reads no quantity at all";
  for (std::size_t i = 0; i < kQuantities; ++i) {
    const auto quantity = static_cast<Quantity>(i);
    if (read.contains(quantity) && !declared.contains(quantity))
      return fmt::format("it reads '{}' and does not declare it; add it to needs()", to_string(quantity));
  }
  return {};
}

Tensor value_of(const AnyObjective& objective, DrawnSource& source) {
  return objective(StepView(source, all_quantities(), 0)).value;
}

/// Whether a gradient reaches a quantity that a network made.
std::string wrong_gradient(const AnyObjective& objective) {
  DrawnSource source;
  const Tensor value = value_of(objective, source);
  if (!value.requires_grad()) return "its value has no gradient; nothing can learn from it";
  value.backward();
  bool reached = false;
  for (std::size_t i = 0; i < kQuantities; ++i) {
    const auto quantity = static_cast<Quantity>(i);
    if (!source.read().contains(quantity)) continue;
    const Tensor& gradient = source.get(quantity).grad();
    if (!gradient.defined()) continue;
    if (!gradient.isfinite().all().item<bool>())
      return fmt::format("the gradient of '{}' is not finite", to_string(quantity));
    reached = reached || gradient.abs().max().item<double>() > 0.0;
  }
  return reached ? "" : "its gradient is zero everywhere";
}

}  // namespace objective_laws_detail

void judge_objective(LawBook& book, const AnyObjective& objective) {
  using namespace objective_laws_detail;
  book.judge("name", "it has a name", [&] { return std::string(objective.name().empty() ? "its name is empty" : ""); });
  book.judge("declared", "it reads what it declares and nothing else", [&] { return wrong_reading(objective); });
  const bool valued = book.judge("value", "its value is a finite float32 scalar", [&] {
    DrawnSource source;
    const Tensor value = value_of(objective, source);
    if (value.scalar_type() != at::kFloat) return std::string("its value is not float32");
    return law_tensors::wrong_values("its value", value, {});
  });
  if (!valued) return;
  book.judge("gradient", "the gradient reaches what networks made", [&] { return wrong_gradient(objective); });
  book.judge("repeatable", "equal quantities give equal values", [&] {
    DrawnSource first;
    DrawnSource second;
    return std::string(value_of(objective, first).equal(value_of(objective, second))
                           ? ""
                           : "equal quantities give another value; an objective draws nothing and keeps nothing");
  });
}

}  // namespace flashmotion
