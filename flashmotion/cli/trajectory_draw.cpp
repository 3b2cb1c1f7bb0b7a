#include "flashmotion/base/error.hpp"
#include "flashmotion/cli/trajectory.hpp"
#include "flashmotion/io/clip_writer.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video.hpp"
#include "flashmotion/trajectory/overlay.hpp"

#include <filesystem>

namespace flashmotion::cli {
namespace {

constexpr Colour kGround{22, 23, 28};
constexpr std::int64_t kSmall = 256;  // pixels that the longer side has at least, as a player shows it

// What is drawn on: one picture for all frames, or a picture for each.
struct Ground {
  std::vector<Tensor> pictures{};  // uint8 [H, W, 3]
  [[nodiscard]] const Tensor& at(std::int64_t frame) const {
    return pictures[pictures.size() == 1 ? 0 : static_cast<std::size_t>(frame)];
  }
  [[nodiscard]] std::int64_t height() const { return pictures.front().size(0); }
  [[nodiscard]] std::int64_t width() const { return pictures.front().size(1); }
};

Tensor resized(const Tensor& picture, std::int64_t height, std::int64_t width) {
  if (picture.size(0) == height && picture.size(1) == width) return picture;
  return resize_bilinear(picture.movedim(-1, 0).contiguous(), height, width).movedim(0, -1).contiguous();
}

Ground plain_ground(const Trajectory& trajectory) {
  return {{Canvas(trajectory.height, trajectory.width, kGround).pixels()}};
}

// The trajectory's frames are spread over those of the clip, first and last on first and last.
Ground ground_of(const std::string& path, const Trajectory& trajectory) {
  std::vector<Tensor> pictures;
  if (std::filesystem::is_directory(path)) {
    for (const auto& file : pictures_in(path)) pictures.push_back(read_image_rgb8(file));
    if (pictures.empty()) throw InputError(fmt::format("'{}' holds no pictures", path));
  } else if (has_video_name(path)) {
    const VideoClip clip = read_video(path, {.max_frames = TrajectoryLimits{}.frames});
    pictures = clip.frames.unbind(0);
  } else {
    pictures.push_back(read_image_rgb8(path));
  }
  Ground ground;
  const auto count = static_cast<std::int64_t>(pictures.size());
  if (count == 1) return {{pictures.front()}};
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    const std::int64_t at =
        trajectory.frames == 1 ? 0 : (2 * t * (count - 1) + trajectory.frames - 1) / (2 * (trajectory.frames - 1));
    ground.pictures.push_back(pictures[static_cast<std::size_t>(at)]);
  }
  return ground;
}

void check_out(const std::string& out, const cxxopts::ParseResult& parsed) {
  if (parsed.count("overwrite") > 0 || !std::filesystem::is_regular_file(out)) return;
  throw InputError(fmt::format("'{}' is there already; --overwrite lets it give way", out));
}

}  // namespace

int render_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                      const Context& context) {
  if (names.size() != 2)
    throw InputError("give the trajectory and the file to write: flashmotion trajectory render FILE OUT");
  const std::string word = parsed.count("style") > 0 ? parsed["style"].as<std::string>() : "fill";
  const auto style = parse_enum<MapStyle>(word);
  if (!style) throw InputError(fmt::format("--style is 'fill', 'mask', 'box' or 'sparse_box', found '{}'", word));
  check_out(names[1], parsed);
  const Trajectory trajectory = load_trajectory(names[0], parsed, context, true);
  const MapPainter painter(trajectory, *style);
  ClipWriter writer(names[1], trajectory.fps, "frame_");
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    context.stop.throw_if_stopped();
    writer.add(painter.frame(t));
  }
  writer.finish();
  context.log.info("{}: {} frames of {}x{}, '{}'", names[1], trajectory.frames, trajectory.width, trajectory.height,
                   word);
  return 0;
}

int overlay_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                       const Context& context) {
  if (names.size() != 2)
    throw InputError(
        "give the trajectory and the file to write: flashmotion trajectory overlay FILE OUT --over PICTURE");
  const std::string& out = names[1];
  check_out(out, parsed);
  const Trajectory trajectory = load_trajectory(names[0], parsed, context, true);
  Ground ground =
      parsed.count("over") > 0 ? ground_of(parsed["over"].as<std::string>(), trajectory) : plain_ground(trajectory);
  std::int64_t height = ground.height();
  std::int64_t width = ground.width();
  if (const auto [wanted_width, wanted_height] = size_option(parsed); wanted_width > 0) {
    width = wanted_width;
    height = wanted_height;
  } else if (std::max(width, height) < kSmall) {
    const std::int64_t scale = kSmall / std::max(width, height);
    width *= scale;
    height *= scale;
  }
  const OverlayPainter painter(trajectory, height, width);
  if (std::filesystem::path(out).extension() == ".png") {
    write_png(out, painter.still(resized(ground.at(0), height, width)));
  } else {
    ClipWriter writer(out, trajectory.fps, "frame_");
    for (std::int64_t t = 0; t < trajectory.frames; ++t) {
      context.stop.throw_if_stopped();
      writer.add(painter.frame(resized(ground.at(t), height, width), t));
    }
    writer.finish();
  }
  context.log.info("{}: {}x{}", out, width, height);
  return 0;
}

}  // namespace flashmotion::cli
