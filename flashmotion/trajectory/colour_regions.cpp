#include "flashmotion/trajectory/colour_regions.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace flashmotion {
namespace colour_regions_detail {

constexpr int kDark = 24;                  // what is darker is black with noise
constexpr int kEven = 12;                  // how far neighbours in an even area differ, in a channel
constexpr unsigned kBits = 5;              // of a channel, when colours are counted
constexpr std::int64_t kShare = 20'000;    // an object has this part of a picture's pixels in an even area
constexpr std::int64_t kLeast = 12;        // and at least so many
constexpr std::size_t kMostColours = 254;  // 255 marks pixels that have none yet
constexpr std::int64_t kSpeckShare = 1000;
constexpr std::int64_t kSpeck = 6;

struct Mean {
  std::int64_t count = 0;
  std::array<std::int64_t, 3> sum{};
  void add(const std::uint8_t* rgb) {
    ++count;
    for (std::size_t c = 0; c < 3; ++c) sum[c] += rgb[c];
  }
  [[nodiscard]] Colour colour() const {
    const auto value = [&](std::size_t c) { return static_cast<std::uint8_t>((sum[c] + count / 2) / count); };
    return {value(0), value(1), value(2)};
  }
};

double distance(const std::uint8_t* rgb, Colour colour) {
  const double red = rgb[0] - colour.red;
  const double green = rgb[1] - colour.green;
  const double blue = rgb[2] - colour.blue;
  return std::sqrt(red * red + green * green + blue * blue);
}

// In eighths of a thousand, as BT.601 weighs the channels.
int luma(int red, int green, int blue) { return 299 * red + 587 * green + 114 * blue; }
int luma(Colour colour) { return luma(colour.red, colour.green, colour.blue); }

void expect_picture(const Tensor& picture) {
  if (picture.dim() != 3 || picture.size(2) != 3 || picture.scalar_type() != at::kByte || picture.numel() == 0) {
    throw ShapeError(
        fmt::format("a picture has the shape [{}], expected uint8 [H, W, 3]", fmt::join(picture.sizes(), ", ")));
  }
}

// The pixels of even areas that are far from all known colours.
std::vector<const std::uint8_t*> even_pixels(const Tensor& picture, std::span<const Colour> known) {
  const std::int64_t height = picture.size(0);
  const std::int64_t width = picture.size(1);
  const auto* data = picture.const_data_ptr<std::uint8_t>();
  std::vector<const std::uint8_t*> pixels;
  for (std::int64_t y = 1; y + 1 < height; ++y) {
    for (std::int64_t x = 1; x + 1 < width; ++x) {
      const std::uint8_t* here = data + 3 * (y * width + x);
      if (std::max({here[0], here[1], here[2]}) < kDark) continue;
      const auto near = [&](std::int64_t step) {
        const std::uint8_t* other = here + 3 * step;
        return std::abs(here[0] - other[0]) <= kEven && std::abs(here[1] - other[1]) <= kEven &&
               std::abs(here[2] - other[2]) <= kEven;
      };
      if (!near(1) || !near(-1) || !near(width) || !near(-width)) continue;
      const bool old = std::any_of(known.begin(), known.end(),
                                   [&](Colour colour) { return distance(here, colour) <= kColourReach; });
      if (!old) pixels.push_back(here);
    }
  }
  return pixels;
}

// The mean colour round the fullest cell of a histogram.
Mean fullest(const std::vector<const std::uint8_t*>& pixels) {
  std::vector<Mean> cells(std::size_t{1} << (3 * kBits));
  for (const std::uint8_t* rgb : pixels) {
    const unsigned shift = 8 - kBits;
    cells[std::size_t{rgb[0]} >> shift << (2 * kBits) | std::size_t{rgb[1]} >> shift << kBits |
          std::size_t{rgb[2]} >> shift]
        .add(rgb);
  }
  Mean mean =
      *std::max_element(cells.begin(), cells.end(), [](const Mean& a, const Mean& b) { return a.count < b.count; });
  for (int round = 0; round < 2; ++round) {
    const Colour middle = mean.colour();
    mean = {};
    for (const std::uint8_t* rgb : pixels) {
      if (distance(rgb, middle) <= kColourReach / 2) mean.add(rgb);
    }
    if (mean.count == 0) break;
  }
  return mean;
}

// Gives pixels without a label that of the nearest one that they are connected with.
void spread(std::vector<std::uint8_t>& labels, std::vector<std::int64_t> front, std::int64_t height, std::int64_t width,
            std::uint8_t open) {
  std::vector<std::int64_t> next;
  while (!front.empty()) {
    next.clear();
    for (const std::int64_t at : front) {
      const std::int64_t x = at % width;
      const std::int64_t y = at / width;
      const auto reach = [&](bool inside, std::int64_t step) {
        if (!inside || labels[static_cast<std::size_t>(at + step)] != open) return;
        labels[static_cast<std::size_t>(at + step)] = labels[static_cast<std::size_t>(at)];
        next.push_back(at + step);
      };
      reach(x > 0, -1);
      reach(x + 1 < width, 1);
      reach(y > 0, -width);
      reach(y + 1 < height, width);
    }
    front.swap(next);
  }
}

struct Piece {
  std::uint8_t label = 0;
  std::vector<std::int64_t> pixels;
};

std::vector<Piece> pieces(const std::uint8_t* labels, std::int64_t height, std::int64_t width) {
  std::vector<Piece> all;
  std::vector<bool> seen(static_cast<std::size_t>(height * width), false);
  std::vector<std::int64_t> open;
  for (std::int64_t start = 0; start < height * width; ++start) {
    if (labels[start] == 0 || seen[static_cast<std::size_t>(start)]) continue;
    Piece piece{labels[start], {}};
    open.assign(1, start);
    seen[static_cast<std::size_t>(start)] = true;
    while (!open.empty()) {
      const std::int64_t at = open.back();
      open.pop_back();
      piece.pixels.push_back(at);
      const std::int64_t x = at % width;
      const std::int64_t y = at / width;
      for (std::int64_t dy = y > 0 ? -1 : 0; dy <= (y + 1 < height ? 1 : 0); ++dy) {
        for (std::int64_t dx = x > 0 ? -1 : 0; dx <= (x + 1 < width ? 1 : 0); ++dx) {
          const std::int64_t other = at + dy * width + dx;
          if (labels[other] != piece.label || seen[static_cast<std::size_t>(other)]) continue;
          seen[static_cast<std::size_t>(other)] = true;
          open.push_back(other);
        }
      }
    }
    all.push_back(std::move(piece));
  }
  return all;
}

}  // namespace colour_regions_detail

std::vector<Colour> new_object_colours(const Tensor& picture, std::span<const Colour> known) {
  using namespace colour_regions_detail;
  expect_picture(picture);
  const Tensor flat = picture.contiguous();
  const std::int64_t least = std::max(kLeast, flat.numel() / 3 / kShare);
  std::vector<const std::uint8_t*> pixels = even_pixels(flat, known);
  std::vector<Colour> found;
  while (static_cast<std::int64_t>(pixels.size()) >= least && known.size() + found.size() < kMostColours) {
    const Mean mean = fullest(pixels);
    if (mean.count < least) break;
    found.push_back(mean.colour());
    std::erase_if(pixels, [&](const std::uint8_t* rgb) { return distance(rgb, found.back()) <= kColourReach; });
  }
  return found;
}

Tensor label_colours(const Tensor& picture, std::span<const Colour> colours) {
  using namespace colour_regions_detail;
  expect_picture(picture);
  const Tensor flat = picture.contiguous();
  const std::int64_t height = flat.size(0);
  const std::int64_t width = flat.size(1);
  Tensor result = at::zeros({height, width}, at::kByte);
  if (colours.empty()) return result;
  constexpr std::uint8_t kOpen = 255;
  int darkest = luma(255, 255, 255);
  for (const Colour colour : colours) darkest = std::min(darkest, luma(colour));
  const auto* rgb = flat.const_data_ptr<std::uint8_t>();
  const auto count = static_cast<std::size_t>(height * width);
  std::vector<std::uint8_t> labels(count, 0);
  std::vector<std::int64_t> front;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* here = rgb + 3 * i;
    if (2 * luma(here[0], here[1], here[2]) < darkest || std::max({here[0], here[1], here[2]}) < kDark / 2) continue;
    double nearest = kColourReach;
    labels[i] = kOpen;
    for (std::size_t k = 0; k < colours.size() && k + 1 < kOpen; ++k) {
      const double far = distance(here, colours[k]);
      if (far > nearest) continue;
      nearest = far;
      labels[i] = static_cast<std::uint8_t>(k + 1);
    }
    if (labels[i] != kOpen) front.push_back(static_cast<std::int64_t>(i));
  }
  spread(labels, std::move(front), height, width, kOpen);
  auto* out = result.data_ptr<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) {
    if (labels[i] == 0 || labels[i] == kOpen) continue;
    const std::uint8_t* here = rgb + 3 * i;
    if (2 * luma(here[0], here[1], here[2]) >= luma(colours[labels[i] - std::size_t{1}])) out[i] = labels[i];
  }
  return result;
}

std::vector<LabelRegion> label_regions(const Tensor& labels, std::int64_t count, std::int64_t margin, bool specks) {
  using namespace colour_regions_detail;
  const Tensor flat = labels.contiguous();
  const std::int64_t height = flat.size(0);
  const std::int64_t width = flat.size(1);
  const std::vector<Piece> all = pieces(flat.const_data_ptr<std::uint8_t>(), height, width);
  std::vector<LabelRegion> regions(static_cast<std::size_t>(count));
  std::vector<std::vector<const Piece*>> of_label(static_cast<std::size_t>(count));
  for (const Piece& piece : all) {
    if (piece.label <= count) of_label[piece.label - std::size_t{1}].push_back(&piece);
  }
  for (std::size_t k = 0; k < regions.size(); ++k) {
    if (of_label[k].empty()) continue;
    LabelRegion& region = regions[k];
    std::size_t largest = 0;
    for (const Piece* piece : of_label[k]) largest = std::max(largest, piece->pixels.size());
    const auto least =
        specks ? std::min(largest, std::max<std::size_t>(kSpeck, largest / static_cast<std::size_t>(kSpeckShare))) : 1;
    std::erase_if(of_label[k], [&](const Piece* piece) { return piece->pixels.size() < least; });
    std::vector<std::int64_t> columns(static_cast<std::size_t>(width), 0);
    std::vector<std::int64_t> rows(static_cast<std::size_t>(height), 0);
    for (const Piece* piece : of_label[k]) {
      region.area += static_cast<std::int64_t>(piece->pixels.size());
      for (const std::int64_t at : piece->pixels) {
        ++columns[static_cast<std::size_t>(at % width)];
        ++rows[static_cast<std::size_t>(at / width)];
      }
    }
    const auto extent = [](const std::vector<std::int64_t>& line, std::int64_t& first, std::int64_t& end) {
      const auto filled = [](std::int64_t value) { return value > 0; };
      first = std::find_if(line.begin(), line.end(), filled) - line.begin();
      end = line.rend() - std::find_if(line.rbegin(), line.rend(), filled);
    };
    extent(columns, region.box[0], region.box[2]);
    extent(rows, region.box[1], region.box[3]);
    const auto rim = [](auto begin, auto end, std::int64_t length) {
      return std::find_if(begin, end, [&](std::int64_t value) { return 2 * value < length; }) - begin;
    };
    const std::int64_t wide = region.box[2] - region.box[0];
    const std::int64_t high = region.box[3] - region.box[1];
    region.rims = {rim(columns.begin(), columns.end(), high), rim(rows.begin(), rows.end(), wide),
                   rim(columns.rbegin(), columns.rend(), high), rim(rows.rbegin(), rows.rend(), wide)};
    region.inside_area = std::max<std::int64_t>(0, wide - 2 * margin) * std::max<std::int64_t>(0, high - 2 * margin);
    for (const Piece* piece : of_label[k]) {
      for (const std::int64_t at : piece->pixels) {
        const std::int64_t x = at % width;
        const std::int64_t y = at / width;
        const bool in = x >= region.box[0] + margin && x < region.box[2] - margin && y >= region.box[1] + margin &&
                        y < region.box[3] - margin;
        region.inside += in ? 1 : 0;
      }
    }
  }
  return regions;
}

}  // namespace flashmotion
