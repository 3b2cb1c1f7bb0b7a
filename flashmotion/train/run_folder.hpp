#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace flashmotion {

/// The folder of one run: resolved recipe, metrics, a folder for each stage. Everything in it is written under a
/// temporary name and renamed.
class FLASHMOTION_EXPORT RunFolder {
 public:
  /// Makes the folder, or opens the one of an earlier start. Without `resume` the folder must be new or empty; with it
  /// an existing run must have the same resolved recipe, but for the plugins that it records. Throws InputError that
  /// says what to do.
  RunFolder(std::filesystem::path path, const std::string& resolved_recipe, bool resume);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path stage_file(std::string_view stage, std::string_view file) const;
  /// `stages/<stage>/final.<role>.safetensors`.
  [[nodiscard]] std::filesystem::path result_file(std::string_view stage, std::string_view role) const;
  /// A stage is finished when its last file, `done.json`, is there.
  [[nodiscard]] bool finished(std::string_view stage) const;

  /// One JSON object as a line at the end of `metrics.jsonl`.
  void append_metrics(std::string_view line);
  /// Size of `metrics.jsonl` in bytes, everything written so far on disk.
  [[nodiscard]] std::int64_t metrics_size();
  /// Cuts `metrics.jsonl` back to a size: drops what a stopped run wrote after its last saved state.
  void truncate_metrics(std::int64_t size);

 private:
  std::filesystem::path path_;
};

}  // namespace flashmotion
