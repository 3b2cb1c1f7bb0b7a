#include "flashmotion/io/clip_writer.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/gif_writer.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/video_writer.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace flashmotion {
namespace clip_writer_detail {

enum class Kind { video, gif, folder };

constexpr std::int64_t kMaxGifBytes = std::int64_t{2} << 30;  // of frames, which are held until the end

Kind kind_of(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (ending == ".mp4") return Kind::video;
  if (ending == ".gif") return Kind::gif;
  if (ending.empty()) return Kind::folder;
  throw InputError(
      fmt::format("'{}' ends in none of '.mp4', '.gif' and, for a folder of pictures, no ending", path.string()));
}

}  // namespace clip_writer_detail

struct ClipWriter::State {
  std::filesystem::path path;
  double fps = 0;
  std::string prefix;
  clip_writer_detail::Kind kind{};
  std::optional<VideoWriter> video;
  std::vector<Tensor> frames;  // of a GIF
  std::int64_t count = 0;
};

ClipWriter::ClipWriter(std::filesystem::path path, double fps, std::string prefix) : state_(std::make_unique<State>()) {
  state_->kind = clip_writer_detail::kind_of(path);
  state_->path = std::move(path);
  state_->fps = fps;
  state_->prefix = std::move(prefix);
  if (state_->kind != clip_writer_detail::Kind::folder) return;
  std::error_code code;
  std::filesystem::create_directories(state_->path, code);
  if (code) throw InputError(fmt::format("'{}' could not be made: {}", state_->path.string(), code.message()));
  if (!pictures_in(state_->path).empty()) {
    throw InputError(
        fmt::format("'{}' holds pictures already, which would be mixed with the new ones; give another "
                    "folder or empty it",
                    state_->path.string()));
  }
}

ClipWriter::~ClipWriter() = default;

void ClipWriter::add(const Tensor& frame) {
  State& s = *state_;
  switch (s.kind) {
    case clip_writer_detail::Kind::video:
      if (!s.video) s.video.emplace(s.path, frame.size(1), frame.size(0), s.fps);
      s.video->add(frame);
      break;
    case clip_writer_detail::Kind::gif:
      if ((s.count + 1) * frame.numel() > clip_writer_detail::kMaxGifBytes) {
        throw InputError(
            fmt::format("'{}' would be too large for a GIF; write an '.mp4', or make it smaller", s.path.string()));
      }
      s.frames.push_back(frame);
      break;
    case clip_writer_detail::Kind::folder:
      write_png(s.path / fmt::format("{}{:05d}.png", s.prefix, s.count), frame);
      break;
  }
  ++s.count;
}

void ClipWriter::finish() {
  State& s = *state_;
  if (s.video) s.video->finish();
  if (!s.frames.empty()) write_gif(s.path, at::stack(s.frames), s.fps);
}

}  // namespace flashmotion
