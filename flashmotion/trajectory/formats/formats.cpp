#include "flashmotion/trajectory/formats/formats.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/npy.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>

namespace flashmotion {
namespace formats_detail {

namespace fs = std::filesystem;
using Format = TrajectoryFormat;

constexpr std::uint64_t kMaxBytes = 1'000'000'000;
constexpr std::string_view kTracks = "_tracks.npy";
constexpr std::string_view kVisibility = "_visibility.npy";

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The size of the picture beside a file, or else the one that was given; false when there is neither.
bool find_size(const fs::path& path, const std::vector<std::string>& stems, ForeignSettings& settings) {
  for (const fs::path& picture : pictures_in(path.has_parent_path() ? path.parent_path() : fs::path("."))) {
    if (std::find(stems.begin(), stems.end(), picture.stem().string()) == stems.end()) continue;
    const Tensor pixels = read_image_rgb8(picture);
    settings.height = pixels.size(0);
    settings.width = pixels.size(1);
    return true;
  }
  return settings.width > 0;
}

[[noreturn]] void ask_for_size(const fs::path& path) {
  throw InputError(fmt::format(
      "'{}' holds pixels of a picture whose size it does not say; give it by --size WIDTHxHEIGHT", path.string()));
}

// A line `key=value` of a sequence's seqinfo.ini.
std::optional<double> entry(std::string_view text, std::string_view key) {
  for (const TextLine& line : number_lines(text)) {
    const std::string_view whole = line.fields.front();
    if (whole.starts_with(key) && whole.size() > key.size() && whole[key.size()] == '=')
      return finite_number(whole.substr(key.size() + 1));
  }
  return std::nullopt;
}

ForeignTrajectory read_mot(const fs::path& path, ForeignSettings settings) {
  std::int64_t frames = 0;
  for (const fs::path& folder : {path.parent_path(), path.parent_path().parent_path()}) {
    const fs::path info = folder / "seqinfo.ini";
    std::error_code code;
    if (!fs::is_regular_file(info, code)) continue;
    const std::string text = read_file(info.string(), 1'000'000);
    const auto value = [&](std::string_view key) { return std::clamp(entry(text, key).value_or(0), 0.0, 16384.0); };
    if (value("imWidth") >= 1 && value("imHeight") >= 1) {
      settings.width = static_cast<std::int64_t>(value("imWidth"));
      settings.height = static_cast<std::int64_t>(value("imHeight"));
    }
    if (settings.fps <= 0) settings.fps = value("frameRate");
    frames = static_cast<std::int64_t>(value("seqLength"));
    break;
  }
  if (settings.width < 1 || settings.height < 1) ask_for_size(path);
  ForeignTrajectory result = parse_mot(read_file(path.string(), kMaxBytes), path.string(), settings);
  Trajectory& trajectory = result.trajectory;
  // A clip may go on after the last box.
  if (frames > trajectory.frames && frames <= TrajectoryLimits{}.frames) {
    for (TrajectoryObject& object : trajectory.objects) {
      if (!object.hidden.empty() && object.hidden.back().end == trajectory.frames) {
        object.hidden.back().end = frames;
      } else {
        object.hidden.push_back({trajectory.frames, frames});
      }
    }
    trajectory.frames = frames;
  }
  return result;
}

// NAME of NAME_tracks.npy or NAME_visibility.npy, with its folder.
std::string wan_move_base(const fs::path& path) {
  std::string base = path.string();
  for (const std::string_view ending : {kTracks, kVisibility, std::string_view(".npy")}) {
    if (!base.ends_with(ending)) continue;
    base.resize(base.size() - ending.size());
    break;
  }
  return base;
}

ForeignTrajectory read_wan_move(const fs::path& path, ForeignSettings settings) {
  const std::string base = wan_move_base(path);
  const fs::path visibility = base + std::string(kVisibility);
  fs::path tracks = base + std::string(kTracks);
  std::error_code code;
  if (!fs::exists(tracks, code)) tracks = path;
  if (!find_size(path, {fs::path(base).filename().string()}, settings)) ask_for_size(path);
  const bool both = fs::exists(visibility, code);
  ForeignTrajectory result =
      trajectory_of_tracks(read_npy(tracks), both ? read_npy(visibility) : Tensor(), tracks.string(), settings);
  if (!both) result.notes.push_back(fmt::format("there is no '{}', so all points count as seen", visibility.string()));
  return result;
}

ForeignTrajectory read_sg_i2v(const fs::path& path, ForeignSettings settings) {
  constexpr std::int64_t kWidth = 1024;
  constexpr std::int64_t kHeight = 576;
  const bool known = find_size(path, {"img", path.stem().string()}, settings);
  if (!known) {
    settings.width = kWidth;
    settings.height = kHeight;
  }
  ForeignTrajectory result = trajectory_of_sg_i2v(read_npy(path), path.string(), settings);
  if (!known)
    result.notes.push_back(
        fmt::format("there is no picture beside it, so its pixels are taken as those of {}x{}; another "
                    "size is given by --size",
                    kWidth, kHeight));
  return result;
}

Format guess_npy(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.ends_with(kTracks) || name.ends_with(kVisibility)) return Format::wan_move;
  const Tensor array = read_npy(path);
  return array.dim() == 3 && array.size(1) == 16 && array.size(2) == 2 ? Format::sg_i2v : Format::wan_move;
}

std::optional<Format> guess_folder(const fs::path& path) {
  std::error_code code;
  if (fs::is_directory(path / "masks", code) || fs::is_directory(path / "boxs", code)) return Format::magicdata;
  const std::vector<fs::path> pictures = pictures_in(path);
  if (pictures.empty()) return std::nullopt;
  const fs::path whole = fs::absolute(path).lexically_normal();
  const std::string kind = (whole.has_filename() ? whole : whole.parent_path()).parent_path().filename().string();
  std::vector<std::uint32_t> colours;
  const bool png = lower(pictures.front().extension().string()) == ".png";
  if (png) {
    try {
      static_cast<void>(read_mask_png(pictures.front(), colours));
      // Palette and grey masks have labels and no colours of their own.
      if (colours.empty() && kind != "boxs") return Format::davis;
    } catch (const InputError&) {  // too many colours for a label mask
    }
  }
  return kind == "masks" || kind == "boxs" ? Format::magicdata : Format::magicmotion;
}

Format guess_text(const fs::path& path) {
  std::ifstream stream(path);
  std::string line;
  while (std::getline(stream, line)) {
    const auto lines = number_lines(line);
    if (!lines.empty()) return lines.front().fields.size() > 2 ? Format::mot : Format::tora;
  }
  return Format::tora;
}

std::optional<Format> guess_json(const fs::path& path) {
  if (path.filename().string().ends_with(".traj.json")) return Format::flashmotion;
  constexpr std::size_t kHead = 1 << 16;
  std::string head(kHead, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(kHead));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (head.find("flashmotion-trajectory") != std::string::npos) return Format::flashmotion;
  if (head.find("masklet") != std::string::npos) return Format::sav;
  return std::nullopt;
}

// Masks in files are found from where the trajectory lies.
Trajectory with_paths_from(Trajectory trajectory, const fs::path& folder) {
  for (TrajectoryObject& object : trajectory.objects) {
    if (!object.masks) continue;
    const fs::path absolute = fs::absolute(object.masks->path);
    const fs::path relative = absolute.lexically_normal().lexically_proximate(
        fs::absolute(folder.empty() ? fs::path(".") : folder).lexically_normal());
    object.masks->path = relative.generic_string();
    while (object.masks->path.ends_with('/')) object.masks->path.pop_back();
  }
  return trajectory;
}

void write_wan_move(const fs::path& path, const Trajectory& trajectory) {
  const std::string base = wan_move_base(path);
  const PointTracks tracks = point_tracks(trajectory, trajectory.frames);
  write_file_atomically(base + std::string(kTracks), npy_bytes(tracks.places));
  write_file_atomically(base + std::string(kVisibility), npy_bytes(tracks.visibility));
}

}  // namespace formats_detail

std::optional<TrajectoryFormat> guess_format(const std::filesystem::path& path) {
  using namespace formats_detail;
  std::error_code code;
  if (fs::is_directory(path, code)) return guess_folder(path);
  if (!fs::is_regular_file(path, code)) {
    throw InputError(fmt::format("'{}' cannot be read: there is no such file or folder", path.string()));
  }
  const std::string ending = lower(path.extension().string());
  if (ending == ".json") return guess_json(path);
  if (ending == ".txt") return guess_text(path);
  if (ending == ".pth") return Format::ati;
  if (ending == ".npy") return guess_npy(path);
  if (ending == ".csv") return Format::magicdata;
  if (has_video_name(path)) return Format::magicmotion;
  return std::nullopt;
}

std::optional<TrajectoryFormat> format_of_name(const std::filesystem::path& path) {
  using namespace formats_detail;
  const std::string name = path.filename().string();
  const std::string ending = lower(path.extension().string());
  if (ending == ".json") return Format::flashmotion;
  if (ending == ".mp4") return Format::magicmotion;
  if (ending == ".pth") return Format::ati;
  if (ending == ".txt") return Format::mot;
  if (name.ends_with(kTracks)) return Format::wan_move;
  if (name == "traj.npy") return Format::sg_i2v;
  return std::nullopt;
}

ForeignTrajectory read_foreign(const std::filesystem::path& path, TrajectoryFormat format,
                               const ForeignSettings& settings) {
  using namespace formats_detail;
  const auto text = [&] { return read_file(path.string(), kMaxBytes); };
  switch (format) {
    case Format::flashmotion:
      return {read_trajectory(path), {}};
    case Format::magicmotion:
      return read_magicmotion(path, settings);
    case Format::davis:
      return read_mask_folder(path, settings);
    case Format::magicdata:
      return read_magicdata(path, settings);
    case Format::mot:
      return read_mot(path, settings);
    case Format::ati: {
      ForeignSettings own = settings;
      if (!find_size(path, {path.stem().string()}, own)) ask_for_size(path);
      return parse_ati(text(), path.string(), own);
    }
    case Format::wan_move:
      return read_wan_move(path, settings);
    case Format::tora:
      return parse_tora(text(), path.string(), settings);
    case Format::sg_i2v:
      return read_sg_i2v(path, settings);
    case Format::sav:
      return parse_sav(text(), path.string(), settings);
  }
  return {};
}

std::vector<std::string> write_foreign(const std::filesystem::path& path, const Trajectory& trajectory,
                                       TrajectoryFormat format, const ForeignSettings& settings) {
  using namespace formats_detail;
  ForeignNotes notes;
  switch (format) {
    case Format::flashmotion:
      write_trajectory(path, with_paths_from(trajectory, path.parent_path()));
      return notes;
    case Format::magicmotion:
      return write_magicmotion(path, trajectory, settings.style);
    case Format::mot:
      write_file_atomically(path.string(), mot_text(trajectory));
      notes.emplace_back("names, colours and prompts are not in it, and boxes alone");
      return notes;
    case Format::ati: {
      const std::string bytes = ati_bytes(trajectory, notes);
      write_file_atomically(path.string(), bytes);
      return notes;
    }
    case Format::wan_move:
      write_wan_move(path, trajectory);
      return notes;
    case Format::sg_i2v:
      write_file_atomically(path.string(), npy_bytes(sg_i2v_boxes(trajectory, notes)));
      return notes;
    case Format::davis:
    case Format::magicdata:
    case Format::tora:
    case Format::sav:
      break;
  }
  throw InputError(
      fmt::format("'{}' is a format that is read and not written; written are 'flashmotion', 'magicmotion', "
                  "'mot', 'ati', 'wan_move' and 'sg_i2v'",
                  to_string(format)));
}

}  // namespace flashmotion
