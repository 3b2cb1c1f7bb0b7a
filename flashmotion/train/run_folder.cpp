#include "flashmotion/train/run_folder.hpp"

#include "flashmotion/base/append_file.hpp"
#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/write_problem.hpp"
#include "flashmotion/train/recipe_changes.hpp"
#include "flashmotion/version.hpp"

#include <ATen/Version.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <thread>
#include <utility>

namespace flashmotion {
namespace fs = std::filesystem;

namespace run_folder_detail {

constexpr const char* kLockFile = ".lock";
constexpr std::string_view kTemporary = ".tmp-";  // as AtomicFile begins its names

std::string list_of_changes(const std::vector<std::string>& changes) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(changes.size(), kMost); ++i) text += fmt::format("\n  {}", changes[i]);
  if (changes.size() > kMost) text += fmt::format("\n  and {} more", changes.size() - kMost);
  return text;
}

// Drops the lines of a stage; a line that is no such object stays. Says whether there were any.
bool drop_lines(const std::string& file, std::string_view stage) {
  if (!fs::exists(file)) return false;
  std::istringstream lines(read_file(file));
  std::string kept;
  bool dropped = false;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const bool own = json.is_object() && json.contains("stage") && json["stage"] == stage;
    dropped = dropped || own;
    if (!own) kept += line + "\n";
  }
  if (dropped) write_file_atomically(file, kept);
  return dropped;
}

// The machine's processor, by the name that it gives itself; empty where that is not known.
std::string processor() {
  constexpr const char* kFile = "/proc/cpuinfo";
  if (!fs::exists(kFile)) return {};
  std::istringstream lines(read_file(kFile));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.starts_with("model name") ? line.find(": ") : std::string::npos;
    if (begin != std::string::npos) return line.substr(begin + 2);
  }
  return {};
}

nlohmann::ordered_json environment() {
  return {{"flashmotion", kVersion},
          {"build", kBuildType},
          {"compiler", kCompiler},
          {"libtorch", kTorchVersion},
          {"instructions", at::get_cpu_capability()},
          {"processor", processor()},
          {"cores", std::thread::hardware_concurrency()}};
}

// Adds what the run is worked on with, when it is not what it was last.
void note_environment(const std::string& file) {
  using Json = nlohmann::ordered_json;
  Json all = fs::exists(file) ? Json::parse(read_file(file), nullptr, false) : Json::array();
  if (!all.is_array()) all = Json::array();
  const Json now = environment();
  if (!all.empty() && all.back() == now) return;
  all.push_back(now);
  write_file_atomically(file, all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace run_folder_detail

RunFolder::RunFolder(fs::path path, const std::string& resolved_recipe, RunAccess access)
    : path_(std::move(path)), events_(path_ / "tensorboard") {
  std::error_code problem;
  if (fs::exists(path_, problem) && !fs::is_directory(path_, problem)) {
    throw InputError(fmt::format("'{}' exists and is no folder; choose another with --out", path_.string()));
  }
  if (access == RunAccess::read) return;
  fs::create_directories(path_ / "stages", problem);
  if (problem) {
    throw InputError(fmt::format("the folder '{}' cannot be made: {}", path_.string(), problem.message()));
  }
  lock();
  try {
    open_run(resolved_recipe, access);
    run_folder_detail::note_environment((path_ / "environment.json").string());
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

RunFolder::~RunFolder() {
  if (lock_ >= 0) ::close(lock_);
}

void RunFolder::lock() {
  const std::string file = (path_ / run_folder_detail::kLockFile).string();
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) throw InputError(fmt::format("'{}' cannot be written: {}", file, std::strerror(errno)));
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) {
    // For the message below; the lock holds without it, also on a full disk.
    const std::string number = fmt::format("{}\n", ::getpid());
    if (::ftruncate(lock_, 0) == 0) static_cast<void>(!::write(lock_, number.data(), number.size()));
    return;
  }
  const int reason = errno;
  ::close(std::exchange(lock_, -1));
  if (reason != EWOULDBLOCK) throw InputError(fmt::format("'{}' cannot be locked: {}", file, std::strerror(reason)));
  std::string owner = read_file(file);
  owner.erase(std::remove(owner.begin(), owner.end(), '\n'), owner.end());
  throw InputError(
      fmt::format("'{}' is in use by another process{}; let that one end, or choose another folder with "
                  "--out",
                  path_.string(), owner.empty() ? "" : fmt::format(" ({})", owner)));
}

void RunFolder::open_run(const std::string& resolved_recipe, RunAccess access) {
  const fs::path recipe_file = path_ / "recipe.resolved.toml";
  if (!fs::exists(recipe_file)) return write_file_atomically(recipe_file.string(), resolved_recipe);
  if (access == RunAccess::create) {
    throw InputError(
        fmt::format("'{}' holds an earlier run; go on with it by --resume, or choose another folder "
                    "with --out",
                    path_.string()));
  }
  RecipeChanges found = recipe_changes(read_file(recipe_file.string()), resolved_recipe);
  if (!found.keys.empty() && access != RunAccess::change) {
    throw InputError(
        fmt::format("'{}' was started with another recipe; choose another folder with --out, or go on all the same by "
                    "--allow-change, which keeps the stages that are finished:{}",
                    path_.string(), run_folder_detail::list_of_changes(found.keys)));
  }
  remove_leftovers();
  // A process that was killed may have left them behind the metrics, or with half a record.
  renew_events();
  if (found.none()) return;
  // What was sampled by the old recipe is no result of the new one.
  if (!found.keys.empty()) fs::remove_all(path_ / "evaluation");
  write_file_atomically(recipe_file.string(), resolved_recipe);
  changes_ = std::move(found.keys);
}

// A process that was killed while it wrote leaves the unfinished file.
void RunFolder::remove_leftovers() const {
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    if (entry.path().filename().string().starts_with(run_folder_detail::kTemporary)) leftovers.push_back(entry.path());
  }
  std::error_code none;
  for (const fs::path& file : leftovers) fs::remove(file, none);
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
  append_to_file((path_ / "metrics.jsonl").string(), fmt::format("{}\n", line));
  events_.append(line);
}

void RunFolder::append_alarm(std::string_view line) {
  const std::string file = (path_ / "alarms.jsonl").string();
  if (fs::exists(file)) {
    std::istringstream lines(read_file(file));
    for (std::string before; std::getline(lines, before);)
      if (before == line) return;
  }
  append_to_file(file, fmt::format("{}\n", line));
}

void RunFolder::renew_events() {
  const std::string file = (path_ / "metrics.jsonl").string();
  events_.renew(fs::exists(file) ? read_file(file) : "");
}

std::int64_t RunFolder::metrics_size() {
  std::error_code none;
  const auto size = fs::file_size(path_ / "metrics.jsonl", none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

void RunFolder::truncate_metrics(std::int64_t size) {
  if (metrics_size() <= size) return;
  fs::resize_file(path_ / "metrics.jsonl", static_cast<std::uintmax_t>(size));
  renew_events();
}

void RunFolder::drop_metrics(std::string_view stage) {
  if (run_folder_detail::drop_lines((path_ / "metrics.jsonl").string(), stage)) renew_events();
}

void RunFolder::drop_alarms(std::string_view stage) {
  run_folder_detail::drop_lines((path_ / "alarms.jsonl").string(), stage);
}

}  // namespace flashmotion
