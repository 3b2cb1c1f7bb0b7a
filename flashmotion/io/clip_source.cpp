#include "flashmotion/io/clip_source.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace flashmotion {
namespace clip_source {

[[noreturn]] void changed(const std::filesystem::path& file) {
  throw InputError(fmt::format("'{}' was changed while it was read; start again", file.string()));
}

// Frames [n, H, W, 3] as [1, 3, n, H, W].
Tensor as_clip(const std::vector<Tensor>& frames) { return from_rgb8(at::stack(frames)).unsqueeze(0); }

FramePass video_pass(const std::filesystem::path& file, std::int64_t count, std::int64_t height, std::int64_t width) {
  const auto reader = std::make_shared<VideoReader>(file);
  return {count, [=](std::int64_t /*from*/, std::int64_t wanted) {
            std::vector<Tensor> frames;
            for (std::int64_t i = 0; i < wanted; ++i) {
              std::optional<Tensor> frame = reader->next();
              if (!frame || frame->size(0) != height || frame->size(1) != width) changed(file);
              frames.push_back(std::move(*frame));
            }
            return as_clip(frames);
          }};
}

}  // namespace clip_source

ClipFrames video_source(const std::filesystem::path& file) {
  VideoReader reader(file);
  std::int64_t height = 0, width = 0;
  while (const std::optional<Tensor> frame = reader.next()) {
    height = frame->size(0);
    width = frame->size(1);
  }
  const VideoFacts facts = reader.facts();
  if (facts.count == 0) throw InputError(fmt::format("'{}' holds no frame that can be decoded", file.string()));
  if (facts.damaged()) throw InputError(fmt::format("'{}': {}; make the clip again", file.string(), facts.damage()));
  return {{1, 3, facts.count, height, width},
          [=, count = facts.count] { return clip_source::video_pass(file, count, height, width); }};
}

ClipFrames file_source(std::vector<std::filesystem::path> files, std::int64_t channels, std::int64_t height,
                       std::int64_t width, std::function<Tensor(const std::filesystem::path&)> read) {
  const auto count = static_cast<std::int64_t>(files.size());
  const auto list = std::make_shared<const std::vector<std::filesystem::path>>(std::move(files));
  const auto next = [=, read = std::move(read)](std::int64_t from, std::int64_t wanted) {
    std::vector<Tensor> frames;
    for (std::int64_t f = from; f < from + wanted; ++f) {
      const std::filesystem::path& file = (*list)[static_cast<std::size_t>(f)];
      frames.push_back(read(file));
      if (frames.back().sizes() != at::IntArrayRef({channels, height, width})) clip_source::changed(file);
    }
    return at::stack(frames, 1).unsqueeze(0);
  };
  return {{1, channels, count, height, width}, [count, next] { return FramePass(count, next); }};
}

ClipFrames picture_source(const std::vector<std::filesystem::path>& files) {
  const Tensor first = read_image_rgb8(files.at(0));
  return file_source(files, 3, first.size(0), first.size(1),
                     [](const std::filesystem::path& file) { return from_rgb8(read_image_rgb8(file)); });
}

ClipFrames resized_source(const ClipFrames& clip, std::int64_t height, std::int64_t width) {
  if (clip.size(3) == height && clip.size(4) == width) return clip;
  return clip.mapped(clip.size(1), height, width, [=](const Tensor& frames) {
    return resize_bilinear(frames.flatten(0, 1), height, width).unflatten(0, {frames.size(0), frames.size(1)});
  });
}

}  // namespace flashmotion
