#include "flashmotion/core/step_view.hpp"

namespace flashmotion {

QuantitySource::~QuantitySource() = default;

const Tensor& QuantitySource::get(Quantity quantity) {
  Tensor& slot = cache_[static_cast<std::size_t>(quantity)];
  if (!slot.defined()) slot = compute(quantity);
  return slot;
}

}  // namespace flashmotion
