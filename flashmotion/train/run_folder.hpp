#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/train/event_log.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// How a run folder is opened.
enum class RunAccess {
  create,  // a new or empty folder
  resume,  // such a folder, or an earlier run of the same recipe
  change,  // or one of another recipe: it takes the new one over, and keeps the stages that are finished
  read,    // to look at what is there; nothing is locked or written
};

/// The folder of one run: resolved recipe, metrics, a folder for each stage. Everything in it is written under a
/// temporary name and renamed. While it is open no other process can open it, but to read; the lock is the system's
/// and goes with the process, however that ends.
class FLASHMOTION_EXPORT RunFolder {
 public:
  /// Makes the folder, or opens the one of an earlier start. Plugins that a recipe records are not compared. A run that
  /// was moved names its files anew. Throws InputError that says what to do, with the keys that differ.
  RunFolder(std::filesystem::path path, const std::string& resolved_recipe, RunAccess access);
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// With `RunAccess::change`: what differs from the recipe of the earlier start, a sentence each.
  [[nodiscard]] const std::vector<std::string>& changes() const { return changes_; }
  [[nodiscard]] std::filesystem::path stage_file(std::string_view stage, std::string_view file) const;
  /// `stages/<stage>/final.<role>.safetensors`.
  [[nodiscard]] std::filesystem::path result_file(std::string_view stage, std::string_view role) const;
  /// A stage is finished when its last file, `done.json`, is there.
  [[nodiscard]] bool finished(std::string_view stage) const;

  /// One JSON object as a line at the end of `metrics.jsonl`; its numbers go to TensorBoard's event files too.
  void append_metrics(std::string_view line);
  /// Size of `metrics.jsonl` in bytes, everything written so far on disk.
  [[nodiscard]] std::int64_t metrics_size();
  /// Cuts `metrics.jsonl` back to a size: drops what a stopped run wrote after its last saved state.
  void truncate_metrics(std::int64_t size);
  /// Drops the lines of a stage that begins anew.
  void drop_metrics(std::string_view stage);
  /// One JSON object as a line at the end of `alarms.jsonl`. A line that is there is the same alarm, raised once more
  /// after a resume, and stays the only one.
  void append_alarm(std::string_view line);
  /// Drops the alarms of a stage that begins anew.
  void drop_alarms(std::string_view stage);

 private:
  void lock();
  void open_run(const std::string& resolved_recipe, RunAccess access);
  void remove_leftovers() const;
  void renew_events();

  std::filesystem::path path_;
  EventLog events_;
  std::vector<std::string> changes_;
  int lock_ = -1;
};

}  // namespace flashmotion
