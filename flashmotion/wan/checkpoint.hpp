#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/io/mapped_file.hpp"
#include "flashmotion/wan/key_map.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion::wan {

/// What a network does in a checkpoint. The words are the folders of the Diffusers layout.
enum class Role {
  transformer,    // the only one, or the one for high noise
  transformer_2,  // the one for low noise, in Wan 2.2 A14B
  vae,
  text_encoder,
  image_encoder,
};

/// A tensor as it lies in a file.
struct StoredTensor {
  std::string name;  // in the file
  Tensor view;       // of the mapped file
  std::shared_ptr<const MappedFile> file;
};

/// A tensor of a network, made of what lies in the files.
struct CheckpointTensor {
  std::string name;                 // original
  std::vector<StoredTensor> parts;  // several where the original joins them
  KeyChange change;                 // from the original to the parts

  [[nodiscard]] FLASHMOTION_EXPORT at::ScalarType dtype() const;
  [[nodiscard]] FLASHMOTION_EXPORT std::vector<std::int64_t> shape() const;
  /// A view of the file; a tensor of its own when several parts are joined.
  [[nodiscard]] FLASHMOTION_EXPORT Tensor tensor() const;
  /// Lets the system take back the memory of the file's pages.
  FLASHMOTION_EXPORT void forget() const;
};

/// One network of a checkpoint. Nothing has been read but names and shapes.
struct CheckpointComponent {
  Role role = Role::transformer;
  ModelKind kind = ModelKind::transformer;
  KeyLayout layout = KeyLayout::original;  // of the names in the files
  std::filesystem::path path;              // file, or folder of the files
  std::optional<JsonValue> config;         // of the layout's own fields
  std::vector<CheckpointTensor> tensors;   // sorted by original name
  std::vector<StoredTensor> surplus;       // what belongs to no network of this kind

  /// Null when there is none. `name` is the original one.
  [[nodiscard]] FLASHMOTION_EXPORT const CheckpointTensor* find(std::string_view name) const;
};

/// The networks of a checkpoint.
struct Checkpoint {
  std::filesystem::path path;
  std::vector<CheckpointComponent> components;  // in the order of `Role`

  [[nodiscard]] FLASHMOTION_EXPORT const CheckpointComponent* find(Role role) const;
  /// Throws InputError, saying what there is, when there is none of this role.
  [[nodiscard]] FLASHMOTION_EXPORT const CheckpointComponent& at(Role role) const;
};

struct CheckpointOptions {
  /// Which of several sets of weights in one file, such as `generator` or `critic`; empty takes the first there is of
  /// `generator_ema`, `generator`, `ema`, `model`, `state_dict`.
  std::string weights{};
};

/// Opens a checkpoint of the Wan family: a folder as the Wan authors release it, one as Diffusers lays it out, one that
/// `convert` wrote, or a single file (safetensors, an index of several, or what `torch.save` writes). Networks are told
/// apart by their tensors. Files are mapped, not read. Throws InputError when a file is damaged or nothing is found.
[[nodiscard]] FLASHMOTION_EXPORT Checkpoint open_checkpoint(const std::filesystem::path& path,
                                                            const CheckpointOptions& options = {});

struct InstallOptions {
  /// Type of the installed numbers; that of the file when not given. 8-bit floats become bfloat16 then, as no network
  /// computes in them.
  std::optional<at::ScalarType> dtype{};
};

/// Puts a component's tensors in place of a network's: `targets` are handles under original names (`named_tensors`),
/// and each then is a view of the file, with no copy. All is checked first: a missing, surplus, incomplete or
/// mis-shaped tensor and integers for floats are listed in one InputError with file and expected shape; then no target
/// has changed.
FLASHMOTION_EXPORT void install(const CheckpointComponent& component, const NamedTensors& targets,
                                const InstallOptions& options = {});

}  // namespace flashmotion::wan

template <>
struct flashmotion::EnumNames<flashmotion::wan::Role> {
  static constexpr std::array values{
      std::pair{flashmotion::wan::Role::transformer, std::string_view("transformer")},
      std::pair{flashmotion::wan::Role::transformer_2, std::string_view("transformer_2")},
      std::pair{flashmotion::wan::Role::vae, std::string_view("vae")},
      std::pair{flashmotion::wan::Role::text_encoder, std::string_view("text_encoder")},
      std::pair{flashmotion::wan::Role::image_encoder, std::string_view("image_encoder")}};
};
