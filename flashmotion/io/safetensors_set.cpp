#include "flashmotion/io/safetensors_set.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/io/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace flashmotion {
namespace safetensors_set_detail {

constexpr std::size_t kMaxListed = 12;

// "-00001-of-00003.safetensors": the number of parts; 0 when the name does not state one.
std::size_t parts_in_name(std::string_view name) {
  const std::size_t of = name.rfind("-of-");
  std::size_t parts = 0;
  if (of == std::string_view::npos) return 0;
  const auto [end, code] = std::from_chars(name.data() + of + 4, name.data() + name.size(), parts);
  return code == std::errc() && std::string_view(end).starts_with(".safetensors") ? parts : 0;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::vector<std::string>& problems,
                         std::string_view way_out) {
  std::string text = fmt::format("'{}' does not fit the files beside it:", path.string());
  for (std::size_t i = 0; i < std::min(problems.size(), kMaxListed); ++i) text += fmt::format("\n  {}", problems[i]);
  if (problems.size() > kMaxListed) text += fmt::format("\n  and {} more", problems.size() - kMaxListed);
  throw InputError(fmt::format("{}\n{}", text, way_out));
}

}  // namespace safetensors_set_detail

SafetensorsSet::SafetensorsSet(const std::filesystem::path& index) {
  using namespace safetensors_set_detail;
  const JsonValue map = read_json(index).at("weight_map");
  std::map<std::string, std::string> file_of;
  std::set<std::string> names;
  for (const std::string& tensor : map.keys()) {
    const JsonValue entry = map.at(tensor);
    const std::string file = entry.text();
    // A name, not a way to another folder.
    if (file.empty() || file.find('/') != std::string::npos || file.find('\0') != std::string::npos || file[0] == '.') {
      entry.fail(fmt::format("must be the name of a file beside the index, found '{}'", file));
    }
    names.insert(file);
    file_of.emplace(tensor, file);
  }
  std::vector<std::string> problems;
  for (const std::string& name : names) {
    if (std::filesystem::exists(index.parent_path() / name)) continue;
    problems.push_back(fmt::format("the file '{}' is missing", name));
  }
  if (!problems.empty()) refuse(index, problems, "fetch what is missing again");
  for (const std::string& name : names) files_.emplace_back(index.parent_path() / name);
  for (const SafetensorsFile& file : files_) {
    const std::string name = file.path().filename().string();
    for (const std::string& tensor : file.names()) {
      const auto entry = file_of.find(tensor);
      if (entry == file_of.end()) {
        problems.push_back(fmt::format("tensor '{}' of '{}' is not in the index", tensor, name));
      } else if (entry->second == name) {
        file_of.erase(entry);
      } else {
        problems.push_back(fmt::format("tensor '{}' is in '{}', but the index says '{}'", tensor, name, entry->second));
      }
    }
  }
  for (const auto& [tensor, file] : file_of) {
    const bool elsewhere = std::any_of(problems.begin(), problems.end(), [&t = tensor](const std::string& problem) {
      return problem.starts_with(fmt::format("tensor '{}' is in", t));
    });
    if (!elsewhere) problems.push_back(fmt::format("tensor '{}' is not in '{}'", tensor, file));
  }
  if (!problems.empty()) refuse(index, problems, "fetch the files again, from one source");
}

SafetensorsSet::SafetensorsSet(const std::vector<std::filesystem::path>& files) {
  using namespace safetensors_set_detail;
  for (const std::filesystem::path& path : files) {
    const std::size_t parts = parts_in_name(path.filename().string());
    if (parts > files.size()) {
      throw InputError(fmt::format("'{}' is one of {} parts, but there are {} in its folder; fetch what is missing",
                                   path.string(), parts, files.size()));
    }
    files_.emplace_back(path);
  }
  std::map<std::string_view, const SafetensorsFile*> seen;
  for (const SafetensorsFile& file : files_) {
    for (const std::string& tensor : file.names()) {
      const auto [other, fresh] = seen.emplace(tensor, &file);
      if (fresh) continue;
      throw InputError(fmt::format("tensor '{}' is in '{}' and in '{}'; take away the file that does not belong there",
                                   tensor, other->second->path().string(), file.path().string()));
    }
  }
}

std::string shard_name(std::string_view stem, std::size_t part, std::size_t parts) {
  return parts == 1 ? fmt::format("{}.safetensors", stem)
                    : fmt::format("{}-{:05}-of-{:05}.safetensors", stem, part + 1, parts);
}

std::vector<std::size_t> shard_starts(const std::vector<TensorOutline>& tensors, std::uint64_t limit) {
  std::vector<std::size_t> starts{0};
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::uint64_t bytes = tensors[i].bytes();
    if (i > starts.back() && size + bytes > limit) {
      starts.push_back(i);
      size = 0;
    }
    size += bytes;
  }
  return starts;
}

std::string shard_index(const std::map<std::string, std::string>& file_of, std::uint64_t total_bytes) {
  JsonWriter json(2);
  json.begin_object().key("metadata").begin_object();
  json.field("total_size", static_cast<std::int64_t>(total_bytes)).end_object();
  json.key("weight_map").begin_object();
  for (const auto& [tensor, file] : file_of) json.field(tensor, file);
  json.end_object().end_object();
  return json.text() + "\n";
}

}  // namespace flashmotion
