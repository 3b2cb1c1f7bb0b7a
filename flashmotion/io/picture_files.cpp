#include "flashmotion/io/picture_files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace flashmotion {
namespace picture_files_detail {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kPictures = {".jpg", ".jpeg", ".png",  ".webp",
                                                       ".bmp", ".tif",  ".tiff", ".ppm"};
constexpr std::array<std::string_view, 9> kVideos = {".mp4", ".mkv", ".webm", ".mov", ".avi",
                                                     ".m4v", ".mpg", ".mpeg", ".ogv"};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

template <std::size_t N>
bool has_ending(const fs::path& path, const std::array<std::string_view, N>& endings) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

}  // namespace picture_files_detail

bool has_picture_name(const std::filesystem::path& path) {
  return picture_files_detail::has_ending(path, picture_files_detail::kPictures);
}

bool has_video_name(const std::filesystem::path& path) {
  return picture_files_detail::has_ending(path, picture_files_detail::kVideos);
}

std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const fs::path& path = it->path();
    if (path.filename().string().front() != '.' && has_picture_name(path)) files.push_back(path);
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return files;
}

bool natural_less(const std::string& a, const std::string& b) {
  using picture_files_detail::is_digit;
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
  using picture_files_detail::is_digit;
  constexpr std::size_t kMostDigits = 18;
  std::size_t end = name.size();
  while (end > 0 && !is_digit(name[end - 1])) --end;
  std::size_t start = end;
  while (start > 0 && is_digit(name[start - 1])) --start;
  if (start == end || end - start > kMostDigits) return std::nullopt;
  return std::stoll(name.substr(start, end - start));
}

}  // namespace flashmotion
