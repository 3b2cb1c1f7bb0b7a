// expect: Objective
// expect: l.needs()
#include "flashmotion/core/concepts/objective.hpp"

namespace fm = flashmotion;

struct MyLoss {
  std::string_view name() const { return "mine"; }
#ifdef FLASHMOTION_MENDED
  fm::Quantities needs() const { return {fm::Quantity::clean}; }
#endif
  fm::LossTerm operator()(const fm::StepView&) const { return {}; }
};
static_assert(fm::Objective<MyLoss>);
