#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace flashmotion {
namespace magicdata_detail {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = 500'000'000;
constexpr std::string_view kCsv = "MagicData.csv";

// A name from a file that must not lead out of its folder.
bool is_plain(const std::string& id) {
  return !id.empty() && id.find('/') == std::string::npos && id.find('\0') == std::string::npos && id[0] != '.';
}

std::vector<MagicDataRow> rows_of(const fs::path& root) {
  const fs::path file = root / kCsv;
  if (!fs::exists(file)) return {};
  return parse_magicdata_csv(read_file(file.string(), kMaxBytes), file.string());
}

std::vector<std::string> clips_in(const fs::path& root) {
  std::vector<std::string> ids;
  for (const char* kind : {"masks", "boxs"}) {
    std::error_code code;
    for (fs::directory_iterator it(root / kind, code), end; !code && it != end; it.increment(code)) {
      const std::string id = it->path().filename().string();
      if (it->is_directory() && is_plain(id) && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end(), natural_less);
  return ids;
}

std::string choose(const fs::path& root, const std::string& wanted) {
  const std::vector<std::string> ids = clips_in(root);
  if (ids.empty()) {
    throw InputError(fmt::format("'{}' holds no clips: there are no folders 'masks/ID' or 'boxs/ID'", root.string()));
  }
  if (wanted.empty() && ids.size() == 1) return ids.front();
  if (wanted.empty()) {
    throw InputError(
        fmt::format("'{}' holds {} clips; name one, as in --clip {}", root.string(), ids.size(), ids.front()));
  }
  if (std::find(ids.begin(), ids.end(), wanted) != ids.end()) return wanted;
  const auto near = nearest_name(wanted, ids);
  throw InputError(fmt::format("'{}' holds no clip '{}'{}", root.string(), wanted,
                               near ? fmt::format("; did you mean '{}'?", *near) : std::string()));
}

ForeignTrajectory read_clip(const fs::path& root, const std::string& id, const ForeignSettings& settings) {
  const fs::path masks = root / "masks" / id;
  const fs::path boxes = root / "boxs" / id;
  const bool masked = !pictures_in(masks).empty();
  ForeignTrajectory result = read_magicmotion(masked ? masks : boxes, settings);
  for (const MagicDataRow& row : rows_of(root)) {
    if (row.id != id) continue;
    result.trajectory.prompt = row.text;
    if (row.frames > 0 && row.frames != result.trajectory.frames) {
      result.notes.push_back(fmt::format("'{}' says that the clip has {} frames, but {} are annotated",
                                         (root / kCsv).string(), row.frames, result.trajectory.frames));
    }
    break;
  }
  return result;
}

}  // namespace magicdata_detail

ForeignTrajectory read_magicdata(const std::filesystem::path& path, const ForeignSettings& settings) {
  using namespace magicdata_detail;
  std::error_code code;
  if (fs::is_regular_file(path, code)) {
    const fs::path root = path.parent_path();
    return read_clip(root, choose(root, settings.clip), settings);
  }
  if (!fs::is_directory(path, code)) throw InputError(fmt::format("'{}' is no folder", path.string()));
  // The folder of one clip's frames.
  if (!pictures_in(path).empty()) {
    const fs::path whole = fs::absolute(path).lexically_normal();
    const fs::path clip = whole.has_filename() ? whole : whole.parent_path();
    const fs::path root = clip.parent_path().parent_path();
    const std::string kind = clip.parent_path().filename().string();
    if (kind == "masks" || kind == "boxs") return read_clip(root, clip.filename().string(), settings);
    return read_magicmotion(path, settings);
  }
  return read_clip(path, choose(path, settings.clip), settings);
}

}  // namespace flashmotion
