#pragma once

#include "flashmotion/base/export.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace flashmotion::parity {

/// One expected tensor and what the library computed.
struct TensorResult {
  std::string name;
  double absolute = 0.0;  // largest |have - want|
  double relative = 0.0;  // largest |have - want| / |want| where want is not 0
  bool passed = false;
  std::string problem;  // why there is nothing to compare; empty otherwise
};

/// One fixture folder.
struct FolderResult {
  std::string folder;
  std::string component;
  std::vector<TensorResult> tensors;  // every expected one, in the file's order
  std::string problem;                // why the folder could not be run; empty otherwise

  [[nodiscard]] FLASHMOTION_EXPORT bool passed() const;
};

/// Computes everything that a fixture expects and compares it. A tensor that the library does not compute is a failure.
/// Throws InputError when the folder is bad or its component unknown.
[[nodiscard]] FLASHMOTION_EXPORT FolderResult run_folder(const std::filesystem::path& folder);

/// The results for a terminal, with a summary in the last line. What was wrong with a bad folder is not repeated.
[[nodiscard]] FLASHMOTION_EXPORT std::string results_text(std::span<const FolderResult> results);
/// The same as one JSON object.
[[nodiscard]] FLASHMOTION_EXPORT std::string results_json(std::span<const FolderResult> results);

}  // namespace flashmotion::parity
