#include "flashmotion/data/detail/label_track.hpp"

#include "flashmotion/io/resize.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>

namespace flashmotion {

void LabelTrack::add(const Tensor& labels) {
  const Tensor map = labels.contiguous();
  const auto* value = map.const_data_ptr<std::uint8_t>();
  const std::int64_t rows = map.size(0);
  const std::int64_t columns = map.size(1);
  struct Extent {
    std::int64_t x0, y0, x1, y1, pixels;
  };
  std::map<std::uint8_t, Extent> extents;
  for (std::int64_t y = 0; y < rows; ++y) {
    for (std::int64_t x = 0; x < columns; ++x, ++value) {
      if (*value == 0) continue;
      Extent& e = extents.try_emplace(*value, Extent{x, y, x + 1, y + 1, 0}).first->second;
      e.x0 = std::min(e.x0, x);
      e.x1 = std::max(e.x1, x + 1);
      e.y1 = y + 1;
      ++e.pixels;
    }
  }
  const auto w = static_cast<float>(columns);
  const auto h = static_cast<float>(rows);
  for (const auto& [label, e] : extents) {
    Seen seen;
    seen.frame = frames_;
    seen.share = static_cast<double>(e.pixels) / static_cast<double>(rows * columns);
    seen.box = {static_cast<float>(e.x0) / w, static_cast<float>(e.y0) / h, static_cast<float>(e.x1) / w,
                static_cast<float>(e.y1) / h};
    seen.cover = resize_area(map.eq(static_cast<std::int64_t>(label)).to(at::kFloat), height_, width_);
    tracks_[label].push_back(std::move(seen));
  }
  ++frames_;
}

LabelTrack::Objects LabelTrack::objects(std::int64_t most, double least_share) const {
  std::vector<std::pair<double, const std::vector<Seen>*>> order;
  for (const auto& [label, track] : tracks_) {
    double share = 0;
    for (const Seen& seen : track) share += seen.share;
    share /= static_cast<double>(track.size());
    if (share >= least_share) order.emplace_back(share, &track);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (order.size() > static_cast<std::size_t>(most)) order.resize(static_cast<std::size_t>(most));

  Objects result;
  result.count = static_cast<std::int64_t>(order.size());
  result.boxes = at::zeros({result.count, frames_, 4}, at::kFloat);
  // Share of each small pixel that is nobody's or an object's: the largest share names the pixel.
  Tensor covers = at::zeros({result.count + 1, frames_, height_, width_}, at::kFloat);
  auto box = result.boxes.accessor<float, 3>();
  for (std::int64_t k = 0; k < result.count; ++k) {
    for (const Seen& seen : *order[static_cast<std::size_t>(k)].second) {
      for (std::int64_t i = 0; i < 4; ++i) box[k][seen.frame][i] = seen.box[static_cast<std::size_t>(i)];
      covers.select(0, k + 1).select(0, seen.frame).copy_(seen.cover);
    }
  }
  covers.select(0, 0).copy_(1.0 - covers.sum(0));
  result.labels = covers.argmax(0).to(at::kByte);
  return result;
}

}  // namespace flashmotion
