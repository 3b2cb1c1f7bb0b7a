#pragma once

#include "flashmotion/plugin/abi_stamp.hpp"
#include "flashmotion/plugin/part.hpp"
#include "flashmotion/plugin/registrar.hpp"
#include "flashmotion/plugin/static_plugins.hpp"

#include <boost/dll/alias.hpp>

#include <string_view>

namespace flashmotion::detail {

inline void add_to(Registrar& registrar, const Entry<IAdapter>& entry) { registrar.add_adapter(entry); }
inline void add_to(Registrar& registrar, const Entry<IDiscriminatorHead>& entry) { registrar.add_head(entry); }
inline void add_to(Registrar& registrar, const Entry<IObjective>& entry) { registrar.add_objective(entry); }
inline void add_to(Registrar& registrar, const Entry<ISampler>& entry) { registrar.add_sampler(entry); }
inline void add_to(Registrar& registrar, const Entry<IWeightSchedule>& entry) { registrar.add_schedule(entry); }
inline void add_to(Registrar& registrar, const Entry<ITrajectoryEncoder>& entry) {
  registrar.add_trajectory_encoder(entry);
}

template <class... Interface>
void add_all(Registrar& registrar, const Entry<Interface>&... entries) {
  (add_to(registrar, entries), ...);
}

}  // namespace flashmotion::detail

// The build tells the folder's name, which the plugin's name must equal.
#ifdef FLASHMOTION_PLUGIN_FOLDER
#define FLASHMOTION_PLUGIN_CHECK_FOLDER(plugin_name)                        \
  static_assert(std::string_view(plugin_name) == FLASHMOTION_PLUGIN_FOLDER, \
                "the plugin's name and the name of its folder must be the same")
#else
#define FLASHMOTION_PLUGIN_CHECK_FOLDER(plugin_name) static_assert(true)
#endif

/// Makes a shared library a plugin: once in one file, at global scope. Name (lower-case letters, digits, `_`; the
/// folder's), version, then its components:
///
///     FLASHMOTION_PLUGIN("controlnet_adapter", "0.1.0",
///                        flashmotion::adapter<ControlNet>("controlnet", "copies blocks of the generator"))
///
/// It places the stamp in the section `.flashmotion_abi` and exports the entry function `flashmotion_register_v1`. With
/// FLASHMOTION_STATIC_PLUGIN defined the source becomes part of a program instead: see `add_static_plugins`. Compile it
/// alone then, not joined with another plugin's.
#define FLASHMOTION_PLUGIN(plugin_name, plugin_version, ...)         \
  FLASHMOTION_PLUGIN_CHECK_FOLDER(plugin_name);                      \
  namespace flashmotion_plugin_entry {                               \
  static void register_all(::flashmotion::Registrar& registrar) {    \
    ::flashmotion::detail::add_all(registrar, __VA_ARGS__);          \
  }                                                                  \
  }                                                                  \
  FLASHMOTION_PLUGIN_OFFER(plugin_name, plugin_version, __VA_ARGS__) \
  static_assert(true)

#ifdef FLASHMOTION_STATIC_PLUGIN
#define FLASHMOTION_PLUGIN_OFFER(plugin_name, plugin_version, ...)                             \
  namespace flashmotion_plugin_entry {                                                         \
  static const ::flashmotion::StaticPlugin linked(plugin_name, plugin_version, &register_all); \
  }
#else
#define FLASHMOTION_PLUGIN_OFFER(plugin_name, plugin_version, ...)                 \
  namespace flashmotion_plugin_entry {                                             \
  FLASHMOTION_ABI_PLACED static constexpr ::flashmotion::AbiStamp stamp =          \
      ::flashmotion::detail::make_stamp(plugin_name, plugin_version, __VA_ARGS__); \
  }                                                                                \
  BOOST_DLL_ALIAS(flashmotion_plugin_entry::register_all, flashmotion_register_v1)
#endif
