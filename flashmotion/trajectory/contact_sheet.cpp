#include "flashmotion/base/error.hpp"
#include "flashmotion/io/canvas.hpp"
#include "flashmotion/io/font.hpp"
#include "flashmotion/trajectory/detail/draw.hpp"
#include "flashmotion/trajectory/overlay.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace contact_sheet_detail {

constexpr Colour kGround{22, 23, 28};
constexpr Colour kInk{226, 228, 233};
constexpr Colour kFaintInk{128, 132, 144};
constexpr std::int64_t kSide = 96;          // pixels of a frame, when we choose
constexpr std::int64_t kLargeLetters = 80;  // frames from this size have letters of twice the size
constexpr std::int64_t kWideRim = 160;
constexpr std::int64_t kMargin = 8;
constexpr std::int64_t kGap = 1;  // between frames
constexpr std::int64_t kRowGap = 3;

std::vector<std::int64_t> chosen_frames(std::int64_t frames, std::int64_t columns) {
  const std::int64_t count = columns <= 0 ? frames : std::min(columns, frames);
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < count; ++i) {
    chosen.push_back(count == 1 ? 0 : (2 * i * (frames - 1) + count - 1) / (2 * (count - 1)));
  }
  return chosen;
}

}  // namespace contact_sheet_detail

Tensor contact_sheet(const std::vector<SheetRow>& rows, std::int64_t columns, std::int64_t scale) {
  using namespace contact_sheet_detail;  // constants of the layout
  if (rows.empty()) throw ShapeError("a contact sheet has no rows");
  std::int64_t longest = 0;
  std::int64_t label_width = 0;
  for (const SheetRow& row : rows) {
    draw_detail::expect_clip(row.clip, fmt::format("row '{}' of a contact sheet", row.label));
    longest = std::max({longest, row.clip.size(2), row.clip.size(3)});
    label_width = std::max(label_width, text_width(row.label));
  }
  const std::int64_t zoom = scale > 0 ? scale : std::max<std::int64_t>(1, kSide / longest);
  const std::int64_t letters = longest * zoom >= kLargeLetters ? 2 : 1;
  const std::int64_t rim = longest * zoom >= kWideRim ? 2 : 1;
  label_width *= letters;

  const std::int64_t left = kMargin + (label_width > 0 ? label_width + kMargin : 0);
  const std::int64_t top = kMargin + kGlyphHeight * letters + 4;
  std::int64_t width = left;
  std::int64_t height = top;
  for (const SheetRow& row : rows) {
    const auto count = static_cast<std::int64_t>(chosen_frames(row.clip.size(1), columns).size());
    width = std::max(width, left + count * (row.clip.size(3) * zoom + kGap) - kGap + kMargin);
    height += row.clip.size(2) * zoom + kRowGap;
  }
  Canvas canvas(height - kRowGap + kMargin, width, kGround);

  std::int64_t y = top;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const SheetRow& row = rows[r];
    const std::int64_t frame_height = row.clip.size(2) * zoom;
    const std::int64_t frame_width = row.clip.size(3) * zoom;
    canvas.text(kMargin + label_width - text_width(row.label) * letters,
                y + (frame_height - kGlyphHeight * letters) / 2, row.label, kInk, letters);
    std::vector<std::vector<draw_detail::PixelBox>> boxes;
    std::vector<Colour> inks;
    if (row.boxes.defined() && row.colours.defined()) {
      boxes = draw_detail::pixel_boxes(row.clip.size(1), row.boxes, row.colours, static_cast<double>(frame_width),
                                       static_cast<double>(frame_height));
      inks = draw_detail::object_colours(row.colours);
    }
    const std::vector<std::int64_t> frames = chosen_frames(row.clip.size(1), columns);
    std::int64_t x = left;
    for (const std::int64_t t : frames) {
      // Frame numbers stand once, above the first row; rows of other lengths have no common numbers.
      const auto index = static_cast<std::size_t>(t);
      const std::int64_t number = index < row.numbers.size() ? row.numbers[index] : t;
      if (r == 0) canvas.text(x + 1, kMargin, fmt::format("{}", number), kFaintInk, letters);
      Canvas frame(frame_height, frame_width);
      frame.blit(row.clip.select(1, t), 0, 0, zoom);
      for (std::size_t k = 0; k < inks.size(); ++k) {
        draw_detail::draw_box(frame, boxes[k][static_cast<std::size_t>(t)], inks[k], rim);
      }
      canvas.blit(frame.pixels(), x, y);
      x += frame_width + kGap;
    }
    y += frame_height + kRowGap;
  }
  return canvas.pixels();
}

}  // namespace flashmotion
