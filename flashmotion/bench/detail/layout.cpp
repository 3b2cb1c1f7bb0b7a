#include "flashmotion/bench/detail/layout.hpp"

#include "flashmotion/trajectory/easing.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flashmotion::make_bench_detail {
namespace {

using Spot = std::array<double, 2>;

constexpr int kLayouts = 60;
constexpr double kShareOfOne = 0.16;  // of the picture, box of an object that is alone
constexpr double kCrowding = 0.7;     // its power of the number of objects
constexpr double kMostScale = 1.3;    // more would look blurred
constexpr double kMostWide = 0.55;    // of the picture in any frame
constexpr double kMostHigh = 0.75;
constexpr double kMostOwnWay = 0.25;  // of the picture that a piece goes by itself
constexpr double kLeastWay = 0.10;    // of the picture's width that a piece is moved
constexpr double kMostWay = 0.38;
constexpr double kMostBow = 0.25;    // of the way
constexpr std::int64_t kSmooth = 4;  // frames to either side over which a piece's own way is smoothed

double between(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }

struct Rect {
  double x0, y0, x1, y1;
  [[nodiscard]] double area() const { return std::max(0.0, x1 - x0) * std::max(0.0, y1 - y0); }
};

double overlap(const Rect& a, const Rect& b) {
  const Rect both{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
  return both.x1 > both.x0 && both.y1 > both.y0 ? both.area() / std::max(1.0, std::min(a.area(), b.area())) : 0.0;
}

Rect box_at(const CutOut& cut, std::size_t frame) {
  const auto& box = cut.piece->boxes[frame];
  return {static_cast<double>(box[0]) * cut.scale_x, static_cast<double>(box[1]) * cut.scale_y,
          static_cast<double>(box[2]) * cut.scale_x, static_cast<double>(box[3]) * cut.scale_y};
}

// The middles of a piece's boxes, smoothed over time.
std::vector<Spot> own_way(const CutOut& cut) {
  const auto frames = static_cast<std::int64_t>(cut.patches.size());
  std::vector<Spot> way;
  for (std::int64_t t = 0; t < frames; ++t) {
    // A window that is as wide to either side, so that the ends stay where they are.
    const std::int64_t reach = std::min({kSmooth, t, frames - 1 - t});
    Spot sum{};
    for (std::int64_t i = t - reach; i <= t + reach; ++i) {
      const Rect box = box_at(cut, static_cast<std::size_t>(i));
      sum[0] += (box.x0 + box.x1) / 2;
      sum[1] += (box.y0 + box.y1) / 2;
    }
    const auto count = static_cast<double>(2 * reach + 1);
    way.push_back({sum[0] / count, sum[1] / count});
  }
  return way;
}

// How much of a piece's own way is kept, so that it does not leave the picture by itself.
double kept_share(const std::vector<Spot>& way, ClipExtent extent) {
  double share = 1;
  for (const Spot& spot : way) {
    const double x = std::abs(spot[0] - way[0][0]) / (kMostOwnWay * static_cast<double>(extent.width));
    const double y = std::abs(spot[1] - way[0][1]) / (kMostOwnWay * static_cast<double>(extent.height));
    share = std::min(share, 1 / std::max({x, y, 1.0}));
  }
  return share;
}

// A place for the middle of a box of this side; the middle of the picture where it does not fit.
double place_inside(double side, double whole, double share) {
  return side >= whole ? whole / 2 : side / 2 + (whole - side) * share;
}

PieceMotion draw_motion(const CutOut& cut, ClipExtent extent, Rng& rng) {
  const auto width = static_cast<double>(extent.width);
  const auto height = static_cast<double>(extent.height);
  const std::vector<Spot> way = own_way(cut);
  const double kept = kept_share(way, extent);
  const Rect first = box_at(cut, 0);
  const Rect last = box_at(cut, way.size() - 1);
  const Spot start{place_inside(first.x1 - first.x0, width, rng.uniform()),
                   place_inside(first.y1 - first.y0, height, std::sqrt(rng.uniform()))};  // rather on the ground
  const double length = width * between(rng, kLeastWay, kMostWay);
  const double angle = between(rng, 0, 2 * std::numbers::pi);
  const double bow = between(rng, -kMostBow, kMostBow);
  const Easing easing{rng.uniform() < 0.5 ? EasingKind::linear : EasingKind::smooth, {}};
  // The end lies inside with its whole box, its own way counted.
  Spot end{};
  for (std::size_t i = 0; i < 2; ++i) {
    const double whole = i == 0 ? width : height;
    const double side = i == 0 ? last.x1 - last.x0 : last.y1 - last.y0;
    const double own = kept * (way.back()[i] - way.front()[i]);
    const double aim = start[i] + own + length * (i == 0 ? std::cos(angle) : 0.6 * std::sin(angle));
    const double low = std::min(side / 2, whole / 2);
    end[i] = std::clamp(aim, low, whole - low) - own;
  }
  const Spot middle{(start[0] + end[0]) / 2 - bow * (end[1] - start[1]),
                    (start[1] + end[1]) / 2 + bow * (end[0] - start[0])};
  PieceMotion motion;
  motion.bottom = start[1] + (first.y1 - first.y0) / 2;
  for (std::size_t t = 0; t < way.size(); ++t) {
    const double s = way.size() < 2 ? 0 : eased(easing, static_cast<double>(t) / static_cast<double>(way.size() - 1));
    Spot shift{};
    for (std::size_t i = 0; i < 2; ++i) {
      const double path = (1 - s) * (1 - s) * start[i] + 2 * s * (1 - s) * middle[i] + s * s * end[i];
      shift[i] = path - way.front()[i] + (kept - 1) * (way[t][i] - way.front()[i]);
    }
    motion.shift.push_back(shift);
  }
  return motion;
}

double score_of(const std::vector<CutOut>& cuts, const Layout& layout, ClipExtent extent) {
  const Rect picture{0, 0, static_cast<double>(extent.width), static_cast<double>(extent.height)};
  const std::size_t frames = cuts.front().patches.size();
  double score = 0;
  for (std::size_t t = 0; t < frames; ++t) {
    std::vector<Rect> boxes;
    for (std::size_t k = 0; k < cuts.size(); ++k) {
      const Rect box = box_at(cuts[k], t);
      const auto& shift = layout.motions[k].shift[t];
      boxes.push_back({box.x0 + shift[0], box.y0 + shift[1], box.x1 + shift[0], box.y1 + shift[1]});
    }
    double here = 0;
    for (std::size_t a = 0; a < boxes.size(); ++a) {
      here += 1 - overlap(boxes[a], picture) * std::min(1.0, picture.area() / std::max(1.0, boxes[a].area()));
      for (std::size_t b = a + 1; b < boxes.size(); ++b) here += overlap(boxes[a], boxes[b]) * (t == 0 ? 1.0 : 0.3);
    }
    // The first frame, which a model is given, counts as much as all others.
    score += t == 0 ? 2 * here : here / static_cast<double>(frames);
  }
  return score;
}

}  // namespace

double scale_for(const Piece& piece, std::size_t objects, ClipExtent extent, Rng& rng) {
  const auto width = static_cast<double>(extent.width);
  const auto height = static_cast<double>(extent.height);
  const double share = kShareOfOne * between(rng, 0.7, 1.25) / std::pow(static_cast<double>(objects), kCrowding);
  const auto& first = piece.boxes.front();
  const auto area = static_cast<double>((first[2] - first[0]) * (first[3] - first[1]));
  double scale = std::min(kMostScale, std::sqrt(share * width * height / area));
  for (const auto& box : piece.boxes) {
    scale = std::min({scale, kMostWide * width / static_cast<double>(box[2] - box[0]),
                      kMostHigh * height / static_cast<double>(box[3] - box[1])});
  }
  return scale;
}

std::vector<Layout> draw_layouts(const std::vector<CutOut>& cuts, ClipExtent extent, Rng& rng) {
  std::vector<Layout> layouts;
  for (int i = 0; i < kLayouts; ++i) {
    Layout layout;
    for (const CutOut& cut : cuts) layout.motions.push_back(draw_motion(cut, extent, rng));
    layout.score = score_of(cuts, layout, extent);
    layouts.push_back(std::move(layout));
  }
  std::stable_sort(layouts.begin(), layouts.end(), [](const Layout& a, const Layout& b) { return a.score < b.score; });
  return layouts;
}

}  // namespace flashmotion::make_bench_detail
