// expect: Adapter
// expect: a.edits(request)
#include "flashmotion/core/any/any_adapter.hpp"

namespace fm = flashmotion;

struct MyAdapter {
  fm::NamedTensors named_tensors() const { return {}; }
  void set_training(bool) {}
  std::vector<fm::Site> sites(const fm::GeneratorSpec&) const { return {}; }
  bool depends_on_noise() const { return false; }
  void initialise_from(const fm::NamedTensors&) {}
#ifdef FLASHMOTION_MENDED
  fm::SiteEdits edits(const fm::AdapterRequest&) { return {}; }
#endif
};
static_assert(fm::Adapter<MyAdapter>);
