#include "flashmotion/train/preview.hpp"

#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/trajectory/control_maps.hpp"
#include "flashmotion/trajectory/overlay.hpp"

#include <torch/torch.h>

#include <algorithm>

namespace flashmotion {

void write_contact_sheet(const std::filesystem::path& file, const ClipBatch& real, const LabelledClips& clips,
                         std::int64_t count) {
  const Tensor control = draw_control_maps(real, ControlKind::box);
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

void write_preview_video(const std::filesystem::path& file, const ClipBatch& real, const LabelledClips& clips,
                         std::int64_t count, double fps) {
  const Tensor control = draw_control_maps(real, ControlKind::box);
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

}  // namespace flashmotion
