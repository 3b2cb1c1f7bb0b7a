#include "flashmotion/plugin/static_plugins.hpp"

#include "flashmotion/plugin/detail/recording_registrar.hpp"

#include <memory>
#include <string>
#include <vector>

namespace flashmotion {
namespace static_plugins_detail {

struct Linked {
  const char* name;
  const char* version;
  RegisterFunction* add;
};

// Made at its first use: plugins of other sources come while the program starts, in any order.
std::vector<Linked>& linked() {
  static std::vector<Linked> list;
  return list;
}

}  // namespace static_plugins_detail

StaticPlugin::StaticPlugin(const char* name, const char* version, RegisterFunction* add) {
  static_plugins_detail::linked().push_back({name, version, add});
}

void add_static_plugins(Catalog& catalog) {
  for (const auto& plugin : static_plugins_detail::linked()) {
    const auto origin = std::make_shared<const PluginOrigin>(
        PluginOrigin{plugin.name, plugin.version, "linked into this program", nullptr});
    RecordingRegistrar registrar;
    guarded(
        *origin, [] { return std::string("registering its components"); }, [&] { plugin.add(registrar); });
    registrar.add_to(catalog, origin);
  }
}

}  // namespace flashmotion
