#include "flashmotion/io/video.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/frame_decoder.hpp"
#include "flashmotion/io/resize.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace flashmotion {
namespace video_detail {

void find_gaps(VideoClip& clip) {
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

bool VideoClip::damaged() const { return errors > 0 || guessed > 0 || (claimed > 0 && frames.size(0) < claimed); }

std::string VideoClip::damage() const {
  if (!damaged()) return {};
  std::string text = claimed > 0 ? fmt::format("{} of {} frames could be decoded", frames.size(0), claimed)
                                 : fmt::format("{} frames could be decoded", frames.size(0));
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

VideoClip read_video(const std::filesystem::path& path, const VideoReadOptions& options) {
  FrameDecoder decoder = FrameDecoder::from_file(path);
  VideoClip clip;
  clip.fps = decoder.fps();
  clip.codec = decoder.codec();
  std::vector<Tensor> frames;
  bool all = false;
  double first = 0;
  std::vector<std::int64_t> size;
  while (options.max_frames <= 0 || static_cast<std::int64_t>(frames.size()) < options.max_frames) {
    std::optional<DecodedFrame> frame = decoder.next();
    if (!frame) {
      all = true;
      break;
    }
    if (frames.empty()) size = frame->rgb.sizes().vec();
    if (frame->rgb.sizes() != at::IntArrayRef(size)) {
      throw InputError(
          fmt::format("'{}' changes its picture size at frame {}; cut it there", path.string(), frames.size()));
    }
    double seconds = frame->seconds;
    if (!frame->stamped) seconds = first + (clip.fps > 0 ? static_cast<double>(frames.size()) / clip.fps : 0.0);
    if (frames.empty()) first = seconds;
    clip.seconds.push_back(seconds - first);
    clip.guessed += frame->corrupt ? 1 : 0;
    frames.push_back(video_detail::resized(frame->rgb, options));
  }
  if (frames.empty()) throw InputError(fmt::format("'{}' holds no frame that can be decoded", path.string()));
  clip.frames = at::stack(frames);
  clip.errors = decoder.errors();
  clip.claimed = all ? decoder.claimed_frames() : 0;
  video_detail::find_gaps(clip);
  return clip;
}

}  // namespace flashmotion
