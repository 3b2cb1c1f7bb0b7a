#include "flashmotion/data/clip_files.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace flashmotion {
namespace clip_files_detail {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxPrompt = 100'000;

// Masks are labels, which no other kind of picture keeps.
std::vector<fs::path> masks_in(const fs::path& folder) {
  std::vector<fs::path> files = pictures_in(folder);
  std::erase_if(files, [](const fs::path& file) {
    std::string ending = file.extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return ending != ".png";
  });
  return files;
}

// The text of a prompt file on one line, or the clip's name as words.
std::string prompt_of(const fs::path& file, const std::string& name) {
  std::string text;
  std::error_code code;
  if (fs::is_regular_file(file, code)) text = read_file(file.string(), kMaxPrompt);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  const auto first = text.find_first_not_of(' ');
  if (first != std::string::npos) return text.substr(first, text.find_last_not_of(' ') - first + 1);
  text = name;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
  return text;
}

ClipFiles frame_clip(const fs::path& folder) {
  ClipFiles clip;
  clip.name = folder.filename().string();
  clip.frames = pictures_in(folder / "frames");
  clip.masks = masks_in(folder / "masks");
  if (clip.frames.empty()) clip.problem = "it has no pictures in 'frames'";
  return clip;
}

// `folder` is where masks are looked for.
ClipFiles video_clip(const fs::path& file, const fs::path& folder) {
  ClipFiles clip;
  clip.name = file.stem().string();
  clip.video = file;
  clip.masks = masks_in(folder / (clip.name + "_masks"));
  if (clip.masks.empty()) clip.masks = masks_in(folder / "masks" / clip.name);
  return clip;
}

// Prompts of the CSV files of a folder that have the columns `path` and `text`, by the name of the clip.
std::map<std::string, std::string> listed_prompts(const fs::path& folder) {
  constexpr std::uint64_t kMaxList = 1'000'000'000;
  std::map<std::string, std::string> prompts;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    if (entry.path().extension() != ".csv") continue;
    const std::vector<CsvRow> rows = csv_rows(read_file(entry.path().string(), kMaxList), entry.path().string());
    if (rows.empty()) continue;
    const auto column = [&](const char* name) {
      const auto& header = rows.front().fields;
      return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
    };
    const std::size_t path = column("path"), text = column("text");
    for (std::size_t i = 1; i < rows.size(); ++i) {
      if (path < rows[i].fields.size() && text < rows[i].fields.size() && !rows[i].fields[text].empty())
        prompts[fs::path(rows[i].fields[path]).stem().string()] = rows[i].fields[text];
    }
  }
  return prompts;
}

// MagicData's folders: videos/CLIP.mp4 and masks/CLIP/*.png side by side.
void add_listed_videos(const fs::path& folder, std::vector<ClipFiles>& clips) {
  const std::map<std::string, std::string> prompts = listed_prompts(folder);
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "videos", code)) {
    if (!has_video_name(entry.path()) || entry.path().filename().string().front() == '.') continue;
    clips.push_back(video_clip(entry.path(), folder));
    const auto listed = prompts.find(clips.back().name);
    clips.back().prompt = listed != prompts.end() ? listed->second : prompt_of({}, clips.back().name);
    if (clips.back().masks.empty()) clips.back().problem = "it has no masks (PNG)";
  }
}

}  // namespace clip_files_detail

std::vector<ClipFiles> find_clips(const std::filesystem::path& folder) {
  using namespace clip_files_detail;  // the helpers above
  std::error_code code;
  if (!fs::is_directory(folder, code)) throw InputError(fmt::format("'{}' is not a folder", folder.string()));
  std::vector<ClipFiles> clips;
  fs::directory_iterator it(folder, code);
  if (code) throw InputError(fmt::format("'{}' cannot be read: {}", folder.string(), code.message()));
  for (const fs::directory_iterator end; !code && it != end; it.increment(code)) {
    const fs::path& path = it->path();
    const std::string name = path.filename().string();
    const bool of_video = name == "masks" || name.ends_with("_masks");
    if (name.front() == '.') continue;
    if (name == "videos" && fs::is_directory(path) && fs::is_directory(folder / "masks")) {
      add_listed_videos(folder, clips);
      continue;
    }
    if (name == "boxs" && fs::is_directory(folder / "videos")) continue;  // boxes come from the masks
    try {
      if (fs::is_directory(path) && !of_video) {
        clips.push_back(frame_clip(path));
        clips.back().prompt = prompt_of(path / "prompt.txt", clips.back().name);
      } else if (!fs::is_directory(path) && has_video_name(path)) {
        clips.push_back(video_clip(path, folder));
        clips.back().prompt = prompt_of(folder / (clips.back().name + ".txt"), clips.back().name);
      } else {
        continue;
      }
      if (clips.back().problem.empty() && clips.back().masks.empty()) clips.back().problem = "it has no masks (PNG)";
    } catch (const InputError& error) {
      clips.back().problem = error.message();
    }
  }
  std::sort(clips.begin(), clips.end(),
            [](const ClipFiles& a, const ClipFiles& b) { return natural_less(a.name, b.name); });
  return clips;
}

void check_numbers(const ClipFiles& files) {
  for (std::size_t i = 0; i < std::min(files.frames.size(), files.masks.size()); ++i) {
    const auto frame = last_number(files.frames[i].stem().string());
    const auto mask = last_number(files.masks[i].stem().string());
    if (frame && mask && *frame != *mask) {
      throw InputError(fmt::format("frame '{}' stands beside mask '{}'; their numbers must agree",
                                   files.frames[i].filename().string(), files.masks[i].filename().string()));
    }
  }
}

}  // namespace flashmotion
