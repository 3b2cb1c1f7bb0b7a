#include "flashmotion/bench/detail/cut_out.hpp"

#include "flashmotion/bench/detail/make_parts.hpp"
#include "flashmotion/io/resize.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace flashmotion::make_bench_detail {
namespace {

constexpr double kMostGrowth = 6;      // of the box's area against the first frame's, either way
constexpr double kLeastShare = 0.006;  // of the picture, in the first frame
constexpr double kMostCutShare = 0.2;  // of frames in which a whole piece touches the border
constexpr std::int64_t kSoftRim = 2;   // pixels round a patch, for its soft edge
constexpr double kRimLoss = 0.25;      // alpha below is the old background

// Labels that touch in most of the frames come together; the smallest label stands for all.
std::vector<std::size_t> joined_labels(const ClipSurvey& clip, std::int64_t frames) {
  std::vector<std::size_t> home(clip.labels.size());
  std::iota(home.begin(), home.end(), std::size_t{0});
  const auto place = [&](std::uint8_t label) {
    const auto found = std::find_if(clip.labels.begin(), clip.labels.end(),
                                    [&](const LabelTrail& trail) { return trail.label == label; });
    return static_cast<std::size_t>(found - clip.labels.begin());
  };
  for (const auto& [pair, count] : clip.touching) {
    if (2 * count <= std::min(frames, clip.frames)) continue;
    const std::size_t a = home[place(pair.first)];
    const std::size_t b = home[place(pair.second)];
    std::replace(home.begin(), home.end(), std::max(a, b), std::min(a, b));
  }
  return home;
}

bool empty(const std::array<std::int64_t, 4>& box) { return box[2] <= box[0]; }

double area_of(const std::array<std::int64_t, 4>& box) {
  return static_cast<double>((box[2] - box[0]) * (box[3] - box[1]));
}

Piece join(const ClipSurvey& clip, const std::vector<std::size_t>& home, std::size_t root, std::size_t frames) {
  Piece piece;
  piece.boxes.resize(frames);
  piece.areas.resize(frames);
  for (std::size_t i = 0; i < home.size(); ++i) {
    if (home[i] != root) continue;
    const LabelTrail& trail = clip.labels[i];
    piece.labels.push_back(trail.label);
    for (std::size_t t = 0; t < frames; ++t) {
      const auto& box = trail.boxes[t];
      auto& all = piece.boxes[t];
      if (empty(box)) continue;
      all = empty(all) ? box
                       : std::array<std::int64_t, 4>{std::min(all[0], box[0]), std::min(all[1], box[1]),
                                                     std::max(all[2], box[2]), std::max(all[3], box[3])};
      piece.areas[t] += trail.areas[t];
    }
  }
  return piece;
}

bool fair(const Piece& piece, ClipExtent extent) {
  const double first = area_of(piece.boxes.front());
  const double pixels = static_cast<double>(extent.width * extent.height);
  if (static_cast<double>(piece.areas.front()) < kLeastShare * pixels) return false;
  return std::all_of(piece.boxes.begin(), piece.boxes.end(), [&](const auto& box) {
    return !empty(box) && area_of(box) <= kMostGrowth * first && kMostGrowth * area_of(box) >= first;
  });
}

bool seldom_cut(const Piece& piece, ClipExtent extent) {
  const auto cut = std::count_if(piece.boxes.begin(), piece.boxes.end(), [&](const auto& box) {
    return box[0] <= 0 || box[1] <= 0 || box[2] >= extent.width || box[3] >= extent.height;
  });
  return static_cast<double>(cut) <= kMostCutShare * static_cast<double>(piece.boxes.size());
}

// Mean with the neighbours, 1 2 1, along an axis; the ends are zero.
Tensor softened(const Tensor& planes, std::int64_t axis) {
  const std::int64_t size = planes.size(axis);
  const std::vector<std::int64_t> pad =
      axis == 2 ? std::vector<std::int64_t>{1, 1} : std::vector<std::int64_t>{0, 0, 1, 1};
  const Tensor wide = at::constant_pad_nd(planes, pad, 0);
  return (wide.narrow(axis, 0, size) + wide.narrow(axis, 1, size) * 2 + wide.narrow(axis, 2, size)) * 0.25;
}

Tensor mask_of(const Tensor& labels, const std::vector<std::uint8_t>& wanted) {
  Tensor mask = labels.eq(static_cast<std::int64_t>(wanted.front()));
  for (std::size_t i = 1; i < wanted.size(); ++i)
    mask = mask.logical_or(labels.eq(static_cast<std::int64_t>(wanted[i])));
  return mask.to(at::kFloat);
}

}  // namespace

std::vector<Piece> pieces_of(const ClipSurvey& clip, std::size_t place, ClipExtent extent, std::int64_t frames) {
  const std::vector<std::size_t> home = joined_labels(clip, frames);
  std::vector<Piece> pieces;
  for (std::size_t root = 0; root < home.size(); ++root) {
    if (home[root] != root) continue;
    Piece piece = join(clip, home, root, static_cast<std::size_t>(frames));
    if (!fair(piece, extent)) continue;
    piece.clip = place;
    piece.whole = seldom_cut(piece, extent);
    pieces.push_back(std::move(piece));
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string words = words_of(clip.files.name);
    pieces[i].name = pieces.size() == 1 ? words : fmt::format("{} {}", words, i + 1);
  }
  return pieces;
}

CutOut cut_out(const Piece& piece, const ClipSurvey& clip, ClipExtent extent, std::int64_t frames, double scale) {
  ClipReader reader(clip.files, extent, frames, clip.colours);
  const auto scaled = [&](std::int64_t side) {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(side) * scale));
  };
  const std::int64_t height = scaled(extent.height);
  const std::int64_t width = scaled(extent.width);
  CutOut cut;
  cut.piece = &piece;
  cut.scale_x = static_cast<double>(width) / static_cast<double>(extent.width);
  cut.scale_y = static_cast<double>(height) / static_cast<double>(extent.height);
  for (std::int64_t t = 0; t < frames; ++t) {
    const Tensor mask = mask_of(reader.labels(t), piece.labels).unsqueeze(0);
    const Tensor colours = reader.picture(t).movedim(-1, 0).to(at::kFloat);
    const Tensor whole = resize_bilinear(at::cat({colours * mask, mask * 255}), height, width);
    // The box, with a rim, as far as the scaled picture goes; beyond it the rim is nothing.
    const auto& box = piece.boxes[static_cast<std::size_t>(t)];
    const auto low = [](std::int64_t side, double by) {
      return std::max<std::int64_t>(0,
                                    static_cast<std::int64_t>(std::floor(static_cast<double>(side) * by)) - kSoftRim);
    };
    const auto high = [](std::int64_t side, double by, std::int64_t most) {
      return std::min(most, static_cast<std::int64_t>(std::ceil(static_cast<double>(side) * by)) + kSoftRim);
    };
    const std::int64_t x0 = low(box[0], cut.scale_x);
    const std::int64_t y0 = low(box[1], cut.scale_y);
    const std::int64_t x1 = high(box[2], cut.scale_x, width);
    const std::int64_t y1 = high(box[3], cut.scale_y, height);
    const Tensor part = softened(softened(whole.narrow(1, y0, y1 - y0).narrow(2, x0, x1 - x0), 1), 2);
    // The edge moves inwards a little, away from pixels that show the old background.
    const Tensor alpha = part.narrow(0, 3, 1);
    const Tensor kept = ((alpha - 255 * kRimLoss) / (1 - kRimLoss)).clamp(0, 255);
    const Tensor share = kept / alpha.clamp_min(1);
    const Tensor patch = at::cat({part.narrow(0, 0, 3) * share, kept}).round().clamp(0, 255).to(at::kByte);
    cut.patches.push_back({patch.contiguous(), x0, y0});
  }
  return cut;
}

std::int64_t paste_(Tensor& picture_, Tensor& labels_, const Patch& patch, double x, double y, std::uint8_t label) {
  // Between pixels a patch is the mean of its neighbours, each by how near it is.
  const double left = static_cast<double>(patch.x) + x;
  const double top = static_cast<double>(patch.y) + y;
  const auto x0 = static_cast<std::int64_t>(std::floor(left));
  const auto y0 = static_cast<std::int64_t>(std::floor(top));
  const double fx = left - static_cast<double>(x0);
  const double fy = top - static_cast<double>(y0);
  const Tensor wide = at::constant_pad_nd(patch.pixels.to(at::kFloat), {1, 1, 1, 1}, 0);
  const std::int64_t rows = patch.pixels.size(1) + 1;
  const std::int64_t columns = patch.pixels.size(2) + 1;
  const auto part = [&](std::int64_t dy, std::int64_t dx) { return wide.narrow(1, dy, rows).narrow(2, dx, columns); };
  const Tensor moved = part(1, 1) * ((1 - fy) * (1 - fx)) + part(1, 0) * ((1 - fy) * fx) +
                       part(0, 1) * (fy * (1 - fx)) + part(0, 0) * (fy * fx);
  const std::int64_t from_x = std::max<std::int64_t>(0, x0);
  const std::int64_t from_y = std::max<std::int64_t>(0, y0);
  const std::int64_t to_x = std::min(picture_.size(2), x0 + columns);
  const std::int64_t to_y = std::min(picture_.size(1), y0 + rows);
  if (from_x >= to_x || from_y >= to_y) return 0;
  const Tensor shown = moved.narrow(1, from_y - y0, to_y - from_y).narrow(2, from_x - x0, to_x - from_x);
  const Tensor alpha = shown.narrow(0, 3, 1);
  Tensor under = picture_.narrow(1, from_y, to_y - from_y).narrow(2, from_x, to_x - from_x);
  under.copy_(under * (1 - alpha / 255) + shown.narrow(0, 0, 3));
  const Tensor body = alpha.select(0, 0).ge(127.5);
  labels_.narrow(0, from_y, to_y - from_y).narrow(1, from_x, to_x - from_x).masked_fill_(body, label);
  return body.sum().item<std::int64_t>();
}

}  // namespace flashmotion::make_bench_detail
