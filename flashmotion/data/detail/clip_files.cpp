#include "flashmotion/data/detail/clip_files.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace flashmotion {
namespace clip_files_detail {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kPictures = {".jpg", ".jpeg", ".png",  ".webp",
                                                       ".bmp", ".tif",  ".tiff", ".ppm"};
constexpr std::array<std::string_view, 9> kVideos = {".mp4", ".mkv", ".webm", ".mov", ".avi",
                                                     ".m4v", ".mpg", ".mpeg", ".ogv"};
constexpr std::array<std::string_view, 1> kMasks = {".png"};
constexpr std::uint64_t kMaxPrompt = 100'000;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

template <std::size_t N>
bool has_ending(const fs::path& path, const std::array<std::string_view, N>& endings) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

template <std::size_t N>
std::vector<fs::path> files_in(const fs::path& folder, const std::array<std::string_view, N>& endings) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const fs::path& path = it->path();
    if (path.filename().string().front() != '.' && has_ending(path, endings)) files.push_back(path);
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
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
  clip.frames = files_in(folder / "frames", kPictures);
  clip.masks = files_in(folder / "masks", kMasks);
  if (clip.frames.empty()) clip.problem = "it has no pictures in 'frames'";
  return clip;
}

ClipFiles video_clip(const fs::path& file) {
  ClipFiles clip;
  clip.name = file.stem().string();
  clip.video = file;
  const fs::path folder = file.parent_path();
  clip.masks = files_in(folder / (clip.name + "_masks"), kMasks);
  if (clip.masks.empty()) clip.masks = files_in(folder / "masks" / clip.name, kMasks);
  return clip;
}

}  // namespace clip_files_detail

bool natural_less(const std::string& a, const std::string& b) {
  using clip_files_detail::is_digit;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto run = [](const std::string& text, std::size_t& at) {
        while (at + 1 < text.size() && text[at] == '0' && is_digit(text[at + 1])) ++at;
        const std::size_t start = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return std::string_view(text).substr(start, at - start);
      };
      const std::string_view x = run(a, i);
      const std::string_view y = run(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    } else {
      ++i;
      ++j;
    }
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;
}

std::optional<std::int64_t> last_number(const std::string& name) {
  constexpr std::size_t kMostDigits = 18;
  std::size_t end = name.size();
  while (end > 0 && !clip_files_detail::is_digit(name[end - 1])) --end;
  std::size_t start = end;
  while (start > 0 && clip_files_detail::is_digit(name[start - 1])) --start;
  if (start == end || end - start > kMostDigits) return std::nullopt;
  return std::stoll(name.substr(start, end - start));
}

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
      } else if (!fs::is_directory(path) && has_ending(path, kVideos)) {
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

}  // namespace flashmotion
