// expect: Quantities
#include "flashmotion/core/quantities.hpp"

#ifdef FLASHMOTION_MENDED
constexpr flashmotion::Quantities kNeeds{flashmotion::Quantity::clean};
#else
constexpr flashmotion::Quantities kNeeds{1};
#endif
static_assert(kNeeds.contains(flashmotion::Quantity::clean));
