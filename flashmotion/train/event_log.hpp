#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace flashmotion {

/// The numbers of `metrics.jsonl` once more, for TensorBoard: a folder for each stage with one event file. What lies
/// there follows from the lines alone; a line that is none of the trainer's adds nothing. A failure to write throws
/// InputError.
class FLASHMOTION_EXPORT EventLog {
 public:
  /// Files go below `folder`, which is made with the first of them.
  explicit EventLog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Adds a line of metrics to the file of its stage.
  void append(std::string_view line);
  /// Writes all files anew from the text of `metrics.jsonl`, for a run that goes on: what was there goes. The new files
  /// have other names, so that a TensorBoard that is looking on begins with them anew too.
  void renew(const std::string& metrics);

 private:
  [[nodiscard]] std::filesystem::path file(const std::string& stage) const;

  std::filesystem::path folder_;
  std::int64_t number_ = 0;  // how often files were written anew
};

}  // namespace flashmotion
