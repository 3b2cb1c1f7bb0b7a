#include "flashmotion/io/video.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/frame_decoder.hpp"
#include "flashmotion/io/resize.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace flashmotion {
namespace video_detail {

void find_gaps(VideoFacts& clip) {
  if (clip.fps <= 0) return;
  for (std::size_t i = 1; i < clip.seconds.size(); ++i) {
    const std::int64_t periods = std::llround((clip.seconds[i] - clip.seconds[i - 1]) * clip.fps);
    if (periods > 1) clip.gaps.push_back({static_cast<std::int64_t>(i) - 1, periods - 1});
    if (periods < 1) ++clip.repeats;
  }
}

Tensor resized(const Tensor& rgb, const VideoReadOptions& options) {
  if (options.height <= 0 || options.width <= 0) return rgb;
  return resize_bilinear(rgb.movedim(-1, 0), options.height, options.width).movedim(0, -1).contiguous();
}

}  // namespace video_detail

bool VideoFacts::damaged() const { return errors > 0 || guessed > 0 || (claimed > 0 && count < claimed); }

std::string VideoFacts::damage() const {
  if (!damaged()) return {};
  std::string text = claimed > 0 ? fmt::format("{} of {} frames could be decoded", count, claimed)
                                 : fmt::format("{} frames could be decoded", count);
  if (guessed > 0) text += fmt::format(", {} of them only in part", guessed);
  if (errors > 0) text += fmt::format(", {} packets are broken", errors);
  if (!gaps.empty()) {
    std::int64_t missing = 0;
    for (const VideoGap& gap : gaps) missing += gap.missing;
    text += fmt::format(", {} frames are missing in {} places, the first after frame {}", missing, gaps.size(),
                        gaps.front().after);
  }
  return text;
}

struct VideoReader::State {
  std::filesystem::path path;
  FrameDecoder decoder;
  VideoFacts facts{};
  double first = 0;  // seconds
  bool all = false;
  std::vector<std::int64_t> size{};
};

VideoReader::VideoReader(const std::filesystem::path& path)
    : state_(new State{.path = path, .decoder = FrameDecoder::from_file(path)}) {
  state_->facts.fps = state_->decoder.fps();
  state_->facts.codec = state_->decoder.codec();
}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

std::optional<Tensor> VideoReader::next() {
  VideoFacts& facts = state_->facts;
  std::optional<DecodedFrame> frame = state_->decoder.next();
  if (!frame) {
    state_->all = true;
    return std::nullopt;
  }
  if (facts.count == 0) state_->size = frame->rgb.sizes().vec();
  if (frame->rgb.sizes() != at::IntArrayRef(state_->size)) {
    throw InputError(
        fmt::format("'{}' changes its picture size at frame {}; cut it there", state_->path.string(), facts.count));
  }
  double seconds = frame->seconds;
  if (!frame->stamped) seconds = state_->first + (facts.fps > 0 ? static_cast<double>(facts.count) / facts.fps : 0.0);
  if (facts.count == 0) state_->first = seconds;
  facts.seconds.push_back(seconds - state_->first);
  facts.guessed += frame->corrupt ? 1 : 0;
  ++facts.count;
  return std::move(frame->rgb);
}

VideoFacts VideoReader::facts() const {
  VideoFacts facts = state_->facts;
  facts.errors = state_->decoder.errors();
  facts.claimed = state_->all ? state_->decoder.claimed_frames() : 0;
  video_detail::find_gaps(facts);
  return facts;
}

VideoClip read_video(const std::filesystem::path& path, const VideoReadOptions& options) {
  VideoReader reader(path);
  std::vector<Tensor> frames;
  while (options.max_frames <= 0 || static_cast<std::int64_t>(frames.size()) < options.max_frames) {
    const std::optional<Tensor> frame = reader.next();
    if (!frame) break;
    frames.push_back(video_detail::resized(*frame, options));
  }
  if (frames.empty()) throw InputError(fmt::format("'{}' holds no frame that can be decoded", path.string()));
  return {reader.facts(), at::stack(frames)};
}

}  // namespace flashmotion
