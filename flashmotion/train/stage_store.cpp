#include "flashmotion/train/stage_store.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace flashmotion {
namespace stage_store_detail {

namespace fs = std::filesystem;

constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kInputs = "inputs.toml";

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::remove(to, problem);
  fs::create_hard_link(from, to, problem);
  if (problem) fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

bool is_result(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.starts_with("validation.") || name == "best.json") return true;
  return (name.starts_with("final.") || name.starts_with("best.")) && file.extension() == ".safetensors";
}

/// The lines of one stage.
std::string lines_of(const fs::path& metrics, const std::string& stage) {
  std::ifstream file(metrics, std::ios::binary);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("stage", std::string()) == stage) text += line + "\n";
  }
  return text;
}

}  // namespace stage_store_detail

StageStore::Claim::Claim(Claim&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
StageStore::Claim::~Claim() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

StageStore::StageStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  if (problem) throw InputError(fmt::format("the folder '{}' cannot be made: {}", folder_.string(), problem.message()));
}

StageStore::Claim StageStore::claim(const std::string& digest) const {
  const std::string file = (folder_ / (digest + ".lock")).string();
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) throw InputError(fmt::format("'{}' cannot be written: {}", file, std::strerror(errno)));
  while (::flock(descriptor, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int reason = errno;
    ::close(descriptor);
    throw InputError(fmt::format("'{}' cannot be locked: {}", file, std::strerror(reason)));
  }
  return Claim(descriptor);
}

bool StageStore::take(const std::string& digest, RunFolder& run, const std::string& stage) const {
  using namespace stage_store_detail;
  const fs::path entry = folder_ / digest;
  if (!fs::exists(entry / "done.json")) return false;
  for (const auto& file : fs::directory_iterator(entry))
    if (is_result(file.path())) link_or_copy(file.path(), run.stage_file(stage, file.path().filename().string()));
  // A start before this one may have written some of the lines.
  if (lines_of(run.path() / kMetrics, stage).empty()) {
    std::ifstream lines(entry / kMetrics, std::ios::binary);
    for (std::string line; std::getline(lines, line);) run.append_metrics(line);
  }
  link_or_copy(entry / "done.json", run.stage_file(stage, "done.json"));
  return true;
}

void StageStore::keep(const std::string& digest, const std::string& inputs, const RunFolder& run,
                      const std::string& stage) const {
  using namespace stage_store_detail;
  const fs::path entry = folder_ / digest;
  if (fs::exists(entry / "done.json")) return;
  const fs::path unfinished = folder_ / fmt::format("{}.unfinished.{}", digest, ::getpid());
  fs::remove_all(unfinished);
  fs::create_directories(unfinished);
  for (const auto& file : fs::directory_iterator(run.path() / "stages" / stage))
    if (is_result(file.path())) link_or_copy(file.path(), unfinished / file.path().filename());
  write_file_atomically((unfinished / kMetrics).string(), lines_of(run.path() / kMetrics, stage));
  write_file_atomically((unfinished / kInputs).string(), inputs);
  link_or_copy(run.path() / "stages" / stage / "done.json", unfinished / "done.json");
  fs::rename(unfinished, entry);
}

}  // namespace flashmotion
