#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/registrar.hpp"
#include "flashmotion/plugin/registry.hpp"

namespace flashmotion {

/// A plugin whose source is a part of this program. FLASHMOTION_PLUGIN makes one, in place of an entry function, where
/// FLASHMOTION_STATIC_PLUGIN is defined. Texts have static lifetime.
class FLASHMOTION_EXPORT StaticPlugin {
 public:
  StaticPlugin(const char* name, const char* version, RegisterFunction* add);
};

/// Adds the components of all plugins that are linked into this program, guarded like those of loaded ones. Throws
/// PluginError when a name is taken; the catalog then has the plugins before that one.
FLASHMOTION_EXPORT void add_static_plugins(Catalog& catalog);

}  // namespace flashmotion
