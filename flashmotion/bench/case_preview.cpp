#include "flashmotion/bench/case_preview.hpp"

#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/trajectory/overlay.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cstdint>
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

// What was found, in its colours, and smaller; a frame at a time, for clips are large.
Tensor tinted(const Tensor& video, const Tensor& found, const Tensor& colours) {
  std::vector<Tensor> frames;
  for (std::int64_t f = 0; f < video.size(1); ++f) {
    Tensor picture = video.slice(1, f, f + 1);
    for (std::int64_t k = 0; k < found.size(0); ++k) {
      const Tensor colour = (colours[k] * 2 - 1).reshape({3, 1, 1, 1});
      picture = at::where(found[k].slice(0, f, f + 1).unsqueeze(0), picture * (1 - kTint) + colour * kTint, picture);
    }
    frames.push_back(smaller(picture));
  }
  return at::cat(frames, 1);
}

}  // namespace case_preview

void write_case_preview(const std::filesystem::path& file, const ClipBatch& real, const Tensor& video,
                        const Tensor& found, double fps) {
  using namespace case_preview;
  const Tensor boxes = real.boxes[0], colours = real.colours[0];
  const Tensor none = boxes.slice(0, 0, 0), no_colours = colours.slice(0, 0, 0);
  const std::vector<Tensor> columns{draw_overlay(smaller(real.video[0]), boxes, colours),
                                    draw_overlay(smaller(video), none, no_colours),
                                    draw_overlay(tinted(video, found, colours), boxes, colours)};
  std::filesystem::create_directories(file.parent_path());
  write_video(file, at::cat(columns, 2), fps);
}

}  // namespace flashmotion
