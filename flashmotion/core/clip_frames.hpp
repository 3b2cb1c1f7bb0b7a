#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace flashmotion {

/// The most frames that are worked on at once where a clip goes by.
inline constexpr std::int64_t kFrameWindow = 8;

/// Frames of so many pixels that are worked on at once: about half a million pixels, for what is made of them on the
/// way is many times their size. 1, 2, 4 or `kFrameWindow`.
[[nodiscard]] constexpr std::int64_t frame_window(std::int64_t height, std::int64_t width) {
  std::int64_t frames = kFrameWindow;
  while (frames > 1 && frames * height * width > (std::int64_t{1} << 19U)) frames /= 2;
  return frames;
}

/// Gives the frames of a clip, or what is made of them, one after the other and each once.
class FLASHMOTION_EXPORT FramePass {
 public:
  /// [B, C, n, ...]: `count` frames from `from` on, which is where the frames before ended.
  using Next = std::function<Tensor(std::int64_t from, std::int64_t count)>;

  /// `next` is asked for `frames` frames in all.
  FramePass(std::int64_t frames, Next next);
  FramePass(const FramePass&) = delete;
  FramePass& operator=(const FramePass&) = delete;
  FramePass(FramePass&&) = default;
  FramePass& operator=(FramePass&&) = default;
  ~FramePass() = default;

  /// The next `count` frames, or those that are left. Throws ShapeError when none is, and what `Next` throws.
  [[nodiscard]] Tensor next(std::int64_t count);
  [[nodiscard]] std::int64_t left() const { return frames_ - at_; }

 private:
  std::int64_t frames_;
  std::int64_t at_ = 0;
  Next next_;
};

/// A clip, or several of one size, whose frames are given a few at a time and as often as one likes: in memory, in a
/// file, or made from another. So memory need not grow with its length.
class FLASHMOTION_EXPORT ClipFrames {
 public:
  using Begin = std::function<FramePass()>;

  /// Of no frames.
  ClipFrames() = default;
  /// A tensor in memory, [B, C, F, H, W]. Throws ShapeError for another number of axes.
  ClipFrames(const Tensor& clip);  // NOLINT(google-explicit-constructor): a tensor is a clip
  /// What `begin` starts; passes may go on side by side, on several threads.
  ClipFrames(const std::array<std::int64_t, 5>& shape, Begin begin);

  /// As of a tensor [B, C, F, H, W].
  [[nodiscard]] std::int64_t size(std::size_t axis) const { return shape_.at(axis); }
  [[nodiscard]] const std::array<std::int64_t, 5>& shape() const { return shape_; }
  [[nodiscard]] std::int64_t frames() const { return shape_[2]; }
  /// A pass from the first frame on.
  [[nodiscard]] FramePass begin() const { return begin_(); }
  /// The same clip with something done to each frame by itself; it has `channels` channels of `height` x `width` then.
  [[nodiscard]] ClipFrames mapped(std::int64_t channels, std::int64_t height, std::int64_t width,
                                  std::function<Tensor(const Tensor&)> work) const;

 private:
  std::array<std::int64_t, 5> shape_{};
  Begin begin_;
};

/// All frames that a pass has left, in memory: [B, C, F, ...].
[[nodiscard]] FLASHMOTION_EXPORT Tensor all_frames(FramePass pass);

/// Calls `work` with the frames of a clip, a window of `frame_window` after the other.
template <class Work>
void each_window(const ClipFrames& clip, Work work) {
  FramePass pass = clip.begin();
  while (pass.left() > 0) work(pass.next(frame_window(clip.size(3), clip.size(4))));
}

}  // namespace flashmotion
