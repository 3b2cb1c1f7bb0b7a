#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// How much of a video to read.
struct VideoReadOptions {
  std::int64_t max_frames = 0;  // stop after so many; 0 reads all
  std::int64_t height = 0;      // size to which each frame is resized as it is read; 0 keeps the video's
  std::int64_t width = 0;
};

/// Frames that are missing in the middle of a video, by time stamp.
struct VideoGap {
  std::int64_t after = 0;    // index in `frames` of the last one before the gap
  std::int64_t missing = 0;  // number of frame periods without a frame
};

/// What decoding a video tells. `seconds` says when each frame is shown; frames of a damaged file are not
/// evenly spaced, so whoever counts frames as time must look at `damaged` first.
struct VideoFacts {
  std::int64_t count = 0;       // frames that were decoded, T
  double fps = 0;               // as the container states
  std::vector<double> seconds;  // [T], the first frame at 0
  std::int64_t claimed = 0;     // frames that the container's index names; 0 when unknown or not all were read
  std::int64_t errors = 0;      // packets that the decoder refused
  std::int64_t guessed = 0;     // frames of which the decoder guessed parts
  std::vector<VideoGap> gaps;
  std::int64_t repeats = 0;  // frames whose time is not later than that of the frame before
  std::string codec;

  /// Whether frames are lost, guessed or out of time.
  [[nodiscard]] FLASHMOTION_EXPORT bool damaged() const;
  /// One sentence on what is wrong; empty when nothing is.
  [[nodiscard]] FLASHMOTION_EXPORT std::string damage() const;
};

/// A decoded video.
struct VideoClip : VideoFacts {
  Tensor frames;  // [T, H, W, 3] uint8
};

/// Decodes the first video stream of a file a frame at a time. Colours follow the stream's tags (BT.601, BT.709,
/// range). Damage in the middle is no error: it is told by the facts.
class FLASHMOTION_EXPORT VideoReader {
 public:
  /// Throws InputError when the file is missing or cannot be opened (a lost index, for example).
  explicit VideoReader(const std::filesystem::path& path);
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  /// The next frame, [H, W, 3] uint8, or none at the end. Throws InputError when the picture's size changes.
  [[nodiscard]] std::optional<Tensor> next();
  /// What is known of the frames so far; of the whole video once `next` gave none.
  [[nodiscard]] VideoFacts facts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All frames of a video, as `VideoReader` gives them. Throws as it does, and InputError for a file that holds no
/// frame.
[[nodiscard]] FLASHMOTION_EXPORT VideoClip read_video(const std::filesystem::path& path,
                                                      const VideoReadOptions& options = {});

}  // namespace flashmotion
