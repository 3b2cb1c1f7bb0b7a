// expect: Adapter
// expect: depends_on_noise
#include "flashmotion/core/any/any_adapter.hpp"

namespace fm = flashmotion;

#ifdef FLASHMOTION_MENDED
using Answer = bool;
#else
using Answer = int;
#endif

struct WrongResult {
  fm::NamedTensors named_tensors() const { return {}; }
  void set_training(bool) {}
  std::vector<fm::Site> sites(const fm::GeneratorSpec&) const { return {}; }
  Answer depends_on_noise() const { return {}; }
  void initialise_from(const fm::NamedTensors&) {}
  fm::SiteEdits edits(const fm::AdapterRequest&) { return {}; }
};
fm::AnyAdapter erase_it() { return fm::AnyAdapter(WrongResult{}); }
