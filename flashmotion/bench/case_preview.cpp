#include "flashmotion/bench/case_preview.hpp"

#include "flashmotion/io/resize.hpp"
#include "flashmotion/trajectory/overlay.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace flashmotion {
namespace case_preview {

constexpr std::int64_t kWidest = 288;  // pixels of one picture
constexpr double kTint = 0.55;         // share of an object's colour over what was found of it

Tensor smaller(const Tensor& clip) {
  const std::int64_t width = clip.size(3);
  if (width <= kWidest) return clip;
  return resize_area(clip, std::max<std::int64_t>(1, clip.size(2) * kWidest / width), kWidest);
}

// What was found, in its colours.
Tensor tinted(const Tensor& video, const Tensor& found, const Tensor& colours) {
  Tensor picture = video;
  for (std::int64_t k = 0; k < found.size(0); ++k) {
    const Tensor colour = (colours[k] * 2 - 1).reshape({3, 1, 1, 1});
    picture = at::where(found[k].unsqueeze(0), picture * (1 - kTint) + colour * kTint, picture);
  }
  return picture;
}

}  // namespace case_preview

CasePreview::CasePreview(std::filesystem::path file, Tensor boxes, Tensor colours, double fps)
    : file_(std::move(file)), boxes_(std::move(boxes)), colours_(std::move(colours)), fps_(fps) {}

void CasePreview::add(const Tensor& real, const Tensor& video, const Tensor& found) {
  using namespace case_preview;
  const OverlayOptions options{.from = frames_};
  frames_ += video.size(1);
  const Tensor boxes = boxes_.slice(1, 0, frames_);
  const Tensor none = boxes.slice(0, 0, 0), no_colours = colours_.slice(0, 0, 0);
  const std::vector<Tensor> columns{draw_overlay(smaller(real), boxes, colours_, options),
                                    draw_overlay(smaller(video), none, no_colours, options),
                                    draw_overlay(smaller(tinted(video, found, colours_)), boxes, colours_, options)};
  const Tensor frames = at::cat(columns, 2);
  if (!writer_) {
    std::filesystem::create_directories(file_.parent_path());
    writer_.emplace(file_, frames.size(2), frames.size(1), fps_);
  }
  writer_->add(frames);
}

void CasePreview::finish() {
  if (writer_) writer_->finish();
}

}  // namespace flashmotion
