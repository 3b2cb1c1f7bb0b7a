#include "flashmotion/train/event_log.hpp"

#include "flashmotion/base/append_file.hpp"
#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/io/event_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

namespace flashmotion {
namespace event_log_detail {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// TensorBoard takes files with `tfevents` in their names, in the order of the names.
constexpr std::string_view kBegin = "events.out.tfevents.", kEnd = ".flashmotion";

struct Line {
  std::string stage;
  std::string record;
};

// A value that is not finite stands as null.
void add(std::vector<Scalar>& scalars, std::string tag, const Json& value) {
  if (!value.is_number() && !value.is_null()) return;
  scalars.push_back(
      {std::move(tag), value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN()});
}

void add_all(std::vector<Scalar>& scalars, const Json& line, const char* group) {
  const auto found = line.find(group);
  if (found == line.end() || !found->is_object()) return;
  for (const auto& [name, value] : found->items()) add(scalars, fmt::format("{}/{}", group, name), value);
}

void add_terms(std::vector<Scalar>& scalars, const Json& line) {
  const auto terms = line.find("terms");
  if (terms == line.end() || !terms->is_object()) return;
  for (const auto& [name, term] : terms->items()) {
    if (!term.is_object()) continue;
    for (const auto& [key, group] :
         {std::pair{"value", "terms"}, std::pair{"weight", "weights"},
          std::pair{"gradient_norm", "term_gradient_norms"}, std::pair{"gradient_cosine", "term_gradient_cosines"}}) {
      if (const auto value = term.find(key); value != term.end())
        add(scalars, fmt::format("{}/{}", group, name), *value);
    }
  }
}

// Stages have folders of their names; what is no name of a folder is none of a stage.
bool is_folder_name(const std::string& stage) {
  return !stage.empty() && stage.size() < 256 && stage.front() != '.' &&
         stage.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

std::optional<Line> read_line(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto stage = json.find("stage"), step = json.find("step");
  if (stage == json.end() || !stage->is_string() || step == json.end() || !step->is_number_integer())
    return std::nullopt;
  std::vector<Scalar> scalars;
  add_terms(scalars, json);
  add_all(scalars, json, "gradient_norms");
  add_all(scalars, json, "validation");
  auto name = stage->get<std::string>();
  if (scalars.empty() || !is_folder_name(name)) return std::nullopt;
  return Line{std::move(name), scalar_record(step->get<std::int64_t>(), scalars)};
}

// The number in a file's name; nothing when it is no file of ours.
std::optional<std::int64_t> number_of(const std::string& name) {
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd) || name.size() <= kBegin.size() + kEnd.size())
    return std::nullopt;
  const char* const first = name.data() + kBegin.size();
  const char* const last = name.data() + name.size() - kEnd.size();
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(first, last, number);
  if (problem != std::errc() || end != last || number < 0) return std::nullopt;
  return number;
}

struct Existing {
  std::vector<fs::path> files;
  std::int64_t highest = -1;  // number
};

Existing files_below(const fs::path& folder) {
  Existing found;
  std::error_code none;
  for (const auto& stage : fs::directory_iterator(folder, none)) {
    for (const auto& entry : fs::directory_iterator(stage.path(), none)) {
      const auto number = number_of(entry.path().filename().string());
      if (!number) continue;
      found.files.push_back(entry.path());
      found.highest = std::max(found.highest, *number);
    }
  }
  return found;
}

}  // namespace event_log_detail

std::filesystem::path EventLog::file(const std::string& stage) const {
  using namespace event_log_detail;
  return folder_ / stage / fmt::format("{}{:010}{}", kBegin, number_, kEnd);
}

void EventLog::append(std::string_view text) {
  const auto line = event_log_detail::read_line(text);
  if (!line) return;
  const std::filesystem::path events = file(line->stage);
  if (std::filesystem::exists(events)) return append_to_file(events.string(), line->record);
  std::filesystem::create_directories(events.parent_path());
  write_file_atomically(events.string(), event_file_start() + line->record);
}

void EventLog::renew(const std::string& metrics) {
  using namespace event_log_detail;
  std::map<std::string, std::string> stages;
  std::istringstream lines(metrics);
  for (std::string text; std::getline(lines, text);) {
    auto line = read_line(text);
    if (!line) continue;
    std::string& bytes = stages[line->stage];
    if (bytes.empty()) bytes = event_file_start();
    bytes += line->record;
  }
  const Existing old = files_below(folder_);
  number_ = old.highest + 1;
  for (const auto& [stage, bytes] : stages) {
    const fs::path events = file(stage);
    fs::create_directories(events.parent_path());
    write_file_atomically(events.string(), bytes);
  }
  std::error_code none;
  for (const fs::path& gone : old.files) fs::remove(gone, none);
}

}  // namespace flashmotion
