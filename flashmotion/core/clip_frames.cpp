#include "flashmotion/core/clip_frames.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/error.hpp"

#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace flashmotion {
namespace clip_frames {

std::array<std::int64_t, 5> shape_of(const Tensor& clip) {
  if (!clip.defined() || clip.dim() != 5)
    throw ShapeError(fmt::format("a clip has {} axes; give [B, C, F, H, W]", clip.defined() ? clip.dim() : 0));
  std::array<std::int64_t, 5> shape{};
  std::copy_n(clip.sizes().begin(), shape.size(), shape.begin());
  return shape;
}

}  // namespace clip_frames

FramePass::FramePass(std::int64_t frames, Next next) : frames_(frames), next_(std::move(next)) {}

Tensor FramePass::next(std::int64_t count) {
  count = std::min(count, left());
  if (count < 1) throw ShapeError(fmt::format("a clip has {} frames, and more are asked for", frames_));
  Tensor part = next_(at_, count);
  FLASHMOTION_ASSERT(part.dim() > 2 && part.size(2) == count);
  at_ += count;
  return part;
}

ClipFrames::ClipFrames(const Tensor& clip)
    : ClipFrames(clip_frames::shape_of(clip), [clip] {
        return FramePass(clip.size(2),
                         [clip](std::int64_t from, std::int64_t count) { return clip.slice(2, from, from + count); });
      }) {}

ClipFrames::ClipFrames(const std::array<std::int64_t, 5>& shape, Begin begin)
    : shape_(shape), begin_(std::move(begin)) {}

ClipFrames ClipFrames::mapped(std::int64_t channels, std::int64_t height, std::int64_t width,
                              std::function<Tensor(const Tensor&)> work) const {
  return {{size(0), channels, frames(), height, width}, [begin = begin_, frames = frames(), work = std::move(work)] {
            const auto pass = std::make_shared<FramePass>(begin());
            return FramePass(frames,
                             [pass, work](std::int64_t, std::int64_t count) { return work(pass->next(count)); });
          }};
}

Tensor all_frames(FramePass pass) {
  std::vector<Tensor> parts;
  while (pass.left() > 0) parts.push_back(pass.next(kFrameWindow));
  return parts.size() == 1 ? parts.front() : at::cat(parts, 2);
}

}  // namespace flashmotion
