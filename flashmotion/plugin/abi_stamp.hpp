#pragma once

#include "flashmotion/core/interfaces.hpp"
#include "flashmotion/plugin/abi.h"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/plugin/registrar.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <torch/version.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flashmotion {

/// The stamp of `abi.h`.
using AbiStamp = ::flashmotion_abi_stamp;

static_assert(std::is_standard_layout_v<AbiStamp> && std::is_trivially_copyable_v<AbiStamp>);
static_assert(sizeof(AbiStamp) == 1200 && offsetof(AbiStamp, layout_hash) == 40 && offsetof(AbiStamp, name) == 80);

namespace detail {

class LayoutHash {
 public:
  /// FNV-1a over the bytes of a number, lowest first.
  consteval void mix(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      hash_ ^= (value >> (8 * i)) & 0xFFU;
      hash_ *= 1099511628211ULL;
    }
  }
  consteval void mix_text(std::string_view text) {
    mix(text.size());
    for (const char c : text) mix(static_cast<unsigned char>(c));
  }
  template <class... T>
  consteval void mix_types() {
    ((mix(sizeof(T)), mix(alignof(T))), ...);
  }
  [[nodiscard]] consteval std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037ULL;
};

}  // namespace detail

/// Fold of the size and alignment of everything that crosses between program and plugin. It differs when a header
/// changed without a new ABI number.
[[nodiscard]] consteval std::uint64_t layout_hash() {
  detail::LayoutHash hash;
  hash.mix_types<std::string, std::vector<Tensor>, std::span<const double>, std::shared_ptr<int>>();
  hash.mix_types<Tensor, NamedTensor, NamedTensors, c10::Device, c10::ScalarType>();
  hash.mix_types<TextContext, ImageContext, Site, AddTokens, ExtraKeyValue, LowRankDelta, SiteEdits>();
  hash.mix_types<Grid, LinearLayer, GeneratorSpec>();
  hash.mix_types<DenoiseRequest, DenoiseResult, AdapterRequest, HeadRequest, TrajectoryRequest>();
  hash.mix_types<Quantities, QuantitySource, StepView, LossTerm, SamplerState, Rng>();
  hash.mix_types<IGenerator, IAdapter, IDiscriminatorHead, IObjective, ISampler>();
  hash.mix_types<IWeightSchedule, ITrajectoryEncoder, Registrar>();
  hash.mix_types<SourceLocation, SourceRegion, ConfigNode, Reporter, ComponentNode, TreeNode>();
  hash.mix_types<BuildContext, ParameterDoc, Entry<IAdapter>>();
  hash.mix_types<Error, InputError, RecipeError, PluginError, ShapeError, Interrupted>();
  // Numbers whose meaning moves when a list grows in the middle.
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(Quantity::count_); ++i)
    hash.mix_text(to_string(static_cast<Quantity>(i)));
  hash.mix(static_cast<std::uint64_t>(SiteKind::cross_attention));
  hash.mix(static_cast<std::uint64_t>(Regime::diffusers_bf16));
  hash.mix(static_cast<std::uint64_t>(ComponentKind::trajectory_encoder));
  hash.mix(static_cast<std::uint64_t>(NodeKind::date_time));
  return hash.value();
}

namespace detail {

/// Copies a text with its closing zero; does not compile when there is no room.
constexpr void copy_text(std::string_view text, char* to, std::size_t size, std::size_t at = 0) {
  if (at + text.size() + 1 > size) throw std::length_error("a text of the plugin is too long for its stamp");
  for (std::size_t i = 0; i < text.size(); ++i) to[at + i] = text[i];
}

/// Names are words: lower-case letters, digits and `_`.
constexpr bool is_word(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

/// What the compiler at work says of itself. `provides` stays empty.
[[nodiscard]] constexpr AbiStamp bare_stamp(std::string_view name, std::string_view version) {
  AbiStamp stamp{};
  constexpr std::string_view magic = FLASHMOTION_ABI_MAGIC;
  static_assert(magic.size() == sizeof(stamp.magic));
  for (std::size_t i = 0; i < magic.size(); ++i) stamp.magic[i] = magic[i];
  stamp.struct_size = sizeof(AbiStamp);
  stamp.abi_number = FLASHMOTION_ABI_NUMBER;
  stamp.torch_version = TORCH_VERSION_MAJOR * 10000 + TORCH_VERSION_MINOR * 100 + TORCH_VERSION_PATCH;
  stamp.cxx_standard = static_cast<std::uint32_t>(__cplusplus);
#ifdef _GLIBCXX_USE_CXX11_ABI
  stamp.cxx11_abi = _GLIBCXX_USE_CXX11_ABI;
#endif
  stamp.gxx_abi_version = __GXX_ABI_VERSION;
#ifdef _GLIBCXX_RELEASE
  stamp.glibcxx_release = _GLIBCXX_RELEASE;
#endif
#ifdef _GLIBCXX_DEBUG
  stamp.debug_mode = 1;
#endif
  stamp.layout_hash = layout_hash();
  copy_text(name, stamp.name, sizeof(stamp.name));
  copy_text(version, stamp.version, sizeof(stamp.version));
  return stamp;
}

/// The stamp of a plugin with these components.
template <class... Interface>
[[nodiscard]] constexpr AbiStamp make_stamp(std::string_view name, std::string_view version,
                                            const Entry<Interface>&... entries) {
  AbiStamp stamp = bare_stamp(name, version);
  std::size_t at = 0;
  const auto add = [&](std::string_view text) {
    copy_text(text, stamp.provides, sizeof(stamp.provides), at);
    at += text.size();
  };
  if (!is_word(name)) throw std::invalid_argument("a plugin's name has lower-case letters, digits and '_' only");
  const auto add_entry = [&](std::string_view kind, std::string_view entry_name) {
    if (!is_word(entry_name))
      throw std::invalid_argument("a component's name has lower-case letters, digits and '_' only");
    add(kind);
    add(" ");
    add(entry_name);
    add("\n");
  };
  (add_entry(to_string(kKindOf<Interface>), entries.name), ...);
  return stamp;
}

}  // namespace detail

}  // namespace flashmotion
