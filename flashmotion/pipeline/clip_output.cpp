#include "flashmotion/pipeline/clip_output.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <optional>
#include <system_error>

namespace flashmotion {
namespace clip_output_detail {

namespace fs = std::filesystem;

bool is_video(const fs::path& path) { return path.extension() == ".mp4"; }

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

}  // namespace clip_output_detail

struct ClipOutput::State {
  std::filesystem::path path;
  std::filesystem::path part;  // of a folder, until it is whole
  std::string codec = "png";
  std::optional<VideoWriter> video;
  std::int64_t count = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    std::error_code ignored;
    if (!part.empty()) std::filesystem::remove_all(part, ignored);
  }
};

void warn_of_codec(const std::string& codec, const std::filesystem::path& path, const Logger& log) {
  if (codec != "mpeg4") return;
  log.warning("FFmpeg has no H.264 encoder here: '{}' is MPEG-4 Part 2, which browsers do not play", path.string());
}

void check_output(const std::filesystem::path& path) {
  using namespace clip_output_detail;
  std::error_code code;
  if (path.filename().empty() || (!is_video(path) && !path.extension().empty())) {
    throw InputError(
        fmt::format("'{}' ends neither in '.mp4' nor, for a folder of pictures, without an ending", path.string()));
  }
  const fs::path parent = parent_of(path);
  if (!fs::is_directory(parent, code)) {
    throw InputError(fmt::format("there is no folder '{}' for '{}'; make it first", parent.string(), path.string()));
  }
  if (::access(parent.c_str(), W_OK) != 0) {
    throw InputError(
        fmt::format("'{}' cannot be written: the folder '{}' allows no new files", path.string(), parent.string()));
  }
  if (is_video(path) ? fs::is_directory(path, code) : fs::exists(path, code) && !fs::is_empty(path, code)) {
    throw InputError(fmt::format("'{}' is there already and not an empty folder; give another name", path.string()));
  }
}

ClipOutput::ClipOutput(const std::filesystem::path& path, const PixelSize& size, double fps)
    : state_(std::make_unique<State>()) {
  check_output(path);
  state_->path = path;
  if (clip_output_detail::is_video(path)) {
    state_->video.emplace(path, size.width, size.height, fps);
    state_->codec = state_->video->codec();
    return;
  }
  const std::filesystem::path part =
      clip_output_detail::parent_of(path) / fmt::format(".{}.{}.part", path.filename().string(), ::getpid());
  std::error_code code;
  std::filesystem::create_directory(part, code);
  if (code) throw InputError(fmt::format("'{}' could not be made: {}", part.string(), code.message()));
  state_->part = part;
}

ClipOutput::~ClipOutput() = default;

void ClipOutput::add(const Tensor& frames) {
  State& s = *state_;
  if (s.video) {
    s.video->add(frames);
    return;
  }
  for (std::int64_t t = 0; t < frames.size(1); ++t) {
    write_png(s.part / fmt::format("{:05d}.png", s.count++), frames.select(1, t));
  }
}

void ClipOutput::finish() {
  State& s = *state_;
  if (s.video) {
    s.video->finish();
    return;
  }
  std::error_code code;
  std::filesystem::rename(s.part, s.path, code);
  if (code) throw InputError(fmt::format("'{}' could not be made: {}", s.path.string(), code.message()));
  s.part.clear();
}

const std::string& ClipOutput::codec() const { return state_->codec; }

}  // namespace flashmotion
