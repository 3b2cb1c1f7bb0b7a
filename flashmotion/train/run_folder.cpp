#include "flashmotion/train/run_folder.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/train/plugin_record.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace flashmotion {
namespace fs = std::filesystem;

RunFolder::RunFolder(fs::path path, const std::string& resolved_recipe, bool resume) : path_(std::move(path)) {
  std::error_code problem;
  if (fs::exists(path_, problem) && !fs::is_directory(path_, problem)) {
    throw InputError(fmt::format("'{}' exists and is no folder; choose another with --out", path_.string()));
  }
  fs::create_directories(path_ / "stages", problem);
  if (problem) {
    throw InputError(fmt::format("the folder '{}' cannot be made: {}", path_.string(), problem.message()));
  }
  const fs::path recipe_file = path_ / "recipe.resolved.toml";
  if (fs::exists(recipe_file)) {
    if (!resume) {
      throw InputError(
          fmt::format("'{}' holds an earlier run; go on with it by --resume, or choose another folder "
                      "with --out",
                      path_.string()));
    }
    if (without_plugins_record(read_file(recipe_file.string())) != without_plugins_record(resolved_recipe)) {
      throw InputError(
          fmt::format("'{}' was started with another recipe; compare {} and choose another folder with "
                      "--out",
                      path_.string(), recipe_file.string()));
    }
    return;
  }
  write_file_atomically(recipe_file.string(), resolved_recipe);
}

fs::path RunFolder::stage_file(std::string_view stage, std::string_view file) const {
  const fs::path folder = path_ / "stages" / stage;
  fs::create_directories(folder);
  return folder / file;
}

fs::path RunFolder::result_file(std::string_view stage, std::string_view role) const {
  return stage_file(stage, fmt::format("final.{}.safetensors", role));
}

bool RunFolder::finished(std::string_view stage) const { return fs::exists(path_ / "stages" / stage / "done.json"); }

void RunFolder::append_metrics(std::string_view line) {
  const std::string file = (path_ / "metrics.jsonl").string();
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string text = fmt::format("{}\n", line);
  const bool written =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written) throw InputError(fmt::format("'{}' cannot be written: {}", file, std::strerror(reason)));
}

std::int64_t RunFolder::metrics_size() {
  std::error_code none;
  const auto size = fs::file_size(path_ / "metrics.jsonl", none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

void RunFolder::truncate_metrics(std::int64_t size) {
  if (metrics_size() > size) fs::resize_file(path_ / "metrics.jsonl", static_cast<std::uintmax_t>(size));
}

}  // namespace flashmotion
