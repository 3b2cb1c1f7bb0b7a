#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace flashmotion::parity {

/// A folder of numbers that a reference gave: what goes in, what must come out, and the weights of a small model.
struct FLASHMOTION_EXPORT Fixture {
  std::filesystem::path folder;
  std::string component;    // what is compared
  std::string layout;       // `diffusers` or `original`: whose names the weights and the configuration have; `none`
  std::string config;       // JSON object, in the layout's names
  std::string description;  // all of fixture.json
  double absolute = 0.0;    // a value passes within `absolute + relative |want|`
  double relative = 0.0;
  std::optional<SafetensorsFile> weights;
  std::optional<SafetensorsFile> inputs;
  std::optional<SafetensorsFile> expected;

  /// An input, or nothing when the fixture does not have it.
  [[nodiscard]] std::optional<Tensor> find_input(std::string_view name) const;
  /// An input that must be there. Throws InputError.
  [[nodiscard]] Tensor input(std::string_view name) const;
};

/// Reads `fixture.json` and the files beside it. Throws InputError when the folder is no fixture or is damaged.
[[nodiscard]] FLASHMOTION_EXPORT Fixture read_fixture(const std::filesystem::path& folder);

}  // namespace flashmotion::parity
