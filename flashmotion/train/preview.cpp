#include "flashmotion/train/preview.hpp"

#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/trajectory/overlay.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace flashmotion {
namespace preview_detail {

std::uint8_t byte_of(const Tensor& value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value.item<double>(), 0.0, 1.0) * 255.0));
}

// Prompts of a clip list its objects in their order, between commas.
std::string prompt_of(const ClipBatch& clips, std::int64_t row, std::int64_t object) {
  std::string_view rest = clips.prompts[static_cast<std::size_t>(row)];
  for (std::int64_t k = 0;; ++k) {
    const std::size_t comma = rest.find(", ");
    if (k == object) return std::string(rest.substr(0, comma));
    if (comma == std::string_view::npos) return {};
    rest.remove_prefix(comma + 2);
  }
}

// The boxes of one clip with a key in every frame.
Trajectory trajectory_of(const ClipBatch& clips, std::int64_t row, double fps) {
  Trajectory trajectory;
  trajectory.frames = clips.video.size(2);
  trajectory.height = clips.video.size(3);
  trajectory.width = clips.video.size(4);
  trajectory.fps = fps;
  for (std::int64_t k = 0; k < clips.boxes.size(1); ++k) {
    if (!clips.valid[row][k].item<bool>()) continue;
    TrajectoryObject object;
    object.name = fmt::format("object {}", k + 1);
    object.prompt = prompt_of(clips, row, k);
    const Tensor colour = clips.colours[row][k];
    object.colour = {byte_of(colour[0]), byte_of(colour[1]), byte_of(colour[2])};
    const Tensor places = clips.boxes[row][k].to(torch::kFloat64).contiguous();  // [F, 4]
    for (std::int64_t f = 0; f < trajectory.frames; ++f) {
      const double* sides = places.data_ptr<double>() + 4 * f;
      object.keys.push_back({.frame = f, .box = Box{sides[0], sides[1], sides[2], sides[3]}});
    }
    trajectory.objects.push_back(std::move(object));
  }
  return trajectory;
}

}  // namespace preview_detail

void write_contact_sheet(const std::filesystem::path& file, const ClipBatch& real, const Tensor& control,
                         const LabelledClips& clips, std::int64_t count) {
  std::vector<SheetRow> rows;
  for (std::int64_t i = 0; i < std::min(count, real.size()); ++i) {
    const auto row = [&](const std::string& label, const Tensor& clip, bool with_boxes) {
      rows.push_back({label, clip, with_boxes ? real.boxes[i] : Tensor(), with_boxes ? real.colours[i] : Tensor()});
    };
    row("real", real.video[i], true);
    row("control", control[i], false);
    for (const auto& [label, videos] : clips) row(label, videos[i], true);
  }
  write_png(file, contact_sheet(rows));
}

void write_preview_video(const std::filesystem::path& file, const ClipBatch& real, const Tensor& control,
                         const LabelledClips& clips, std::int64_t count, double fps) {
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < std::min(count, real.size()); ++i) {
    std::vector<Tensor> row;
    const auto add = [&](const Tensor& clip) {
      row.push_back(torch::constant_pad_nd(
          draw_overlay(clip, real.boxes[i], real.colours[i], {.scale = 4, .names = {}, .path = true}),
          {0, 0, 2, 2, 2, 2}));
    };
    add(real.video[i]);
    add(control[i]);
    for (const auto& clip : clips) add(clip.second[i]);
    rows.push_back(torch::cat(row, 2));  // uint8 [F, H, W, 3]
  }
  write_video(file, torch::cat(rows, 1), fps);
}

void write_cases(const std::filesystem::path& folder, const ClipBatch& clips, double fps) {
  std::filesystem::create_directories(folder);
  for (std::int64_t i = 0; i < clips.size(); ++i) {
    write_png(folder / fmt::format("{}.png", i), clips.video[i].select(1, 0));
    write_trajectory(folder / fmt::format("{}.traj.json", i), preview_detail::trajectory_of(clips, i, fps));
  }
}

}  // namespace flashmotion
