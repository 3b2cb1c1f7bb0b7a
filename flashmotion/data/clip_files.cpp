#include "flashmotion/data/clip_files.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/picture_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

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

ClipFiles video_clip(const fs::path& file) {
  ClipFiles clip;
  clip.name = file.stem().string();
  clip.video = file;
  const fs::path folder = file.parent_path();
  clip.masks = masks_in(folder / (clip.name + "_masks"));
  if (clip.masks.empty()) clip.masks = masks_in(folder / "masks" / clip.name);
  return clip;
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
    try {
      if (fs::is_directory(path) && !of_video) {
        clips.push_back(frame_clip(path));
        clips.back().prompt = prompt_of(path / "prompt.txt", clips.back().name);
      } else if (!fs::is_directory(path) && has_video_name(path)) {
        clips.push_back(video_clip(path));
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
