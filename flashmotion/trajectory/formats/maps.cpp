#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/colour_regions.hpp"
#include "flashmotion/trajectory/formats/magicmotion_colours.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace flashmotion {
namespace maps_detail {

constexpr std::int64_t kNoNumber = 1000;   // behind MagicMotion's own
constexpr double kHollow = 0.05;           // an outline's inside is emptier than this
constexpr int kUneven = 8;                 // how far a pixel of an object is from its colour, in a channel
constexpr std::int64_t kGroundShare = 20;  // at least this part of the first frame is black
constexpr std::size_t kMostExact = 64;     // colours of a picture that was not compressed

std::int64_t pixel_value(const std::uint8_t* rgb) { return rgb[0] << 16 | rgb[1] << 8 | rgb[2]; }

Colour colour_of(std::int64_t value) {
  return {static_cast<std::uint8_t>(value >> 16 & 0xff), static_cast<std::uint8_t>(value >> 8 & 0xff),
          static_cast<std::uint8_t>(value & 0xff)};
}

// Gathers the regions of all frames, and objects as they appear.
class MapReader {
 public:
  explicit MapReader(const MapFrames& maps) : maps_(maps), exact_(maps.exact) {}

  ForeignTrajectory read() {
    for (std::int64_t t = 0; t < maps_.count; ++t) look_at(maps_.frame(t), t);
    if (regions_[0].empty()) {
      throw InputError(
          fmt::format("'{}' is no trajectory video: its first frame is black, and it should show each "
                      "object's shape in a colour of its own",
                      maps_.path.string()));
    }
    const MapStyle style = find_style();
    ForeignTrajectory result;
    Trajectory& trajectory = result.trajectory;
    trajectory.frames = maps_.count;
    trajectory.width = width_;
    trajectory.height = height_;
    trajectory.fps = maps_.fps;
    for (const std::size_t k : order()) trajectory.objects.push_back(object(k, style));
    for (std::size_t k = 0; k < trajectory.objects.size(); ++k) {
      trajectory.objects[k].name = fmt::format("object {}", k + 1);
    }
    result.notes.push_back(
        fmt::format("a trajectory of the kind '{}'; names and prompts are not in it", to_string(style)));
    if (late_ > 0) {
      result.notes.push_back(
          fmt::format("{} of {} objects appear after the first frame, and are hidden before", late_, colours_.size()));
    }
    return result;
  }

 private:
  void look_at(const Tensor& picture, std::int64_t t) {
    if (t == 0) {
      height_ = picture.size(0);
      width_ = picture.size(1);
      thickness_ = magicmotion_thickness(height_, width_);
    }
    if (picture.size(0) != height_ || picture.size(1) != width_) {
      throw InputError(fmt::format("'{}': frame {} has {}x{} pixels, but frame 0 has {}x{}", maps_.path.string(), t,
                                   picture.size(1), picture.size(0), width_, height_));
    }
    const std::size_t before = colours_.size();
    const Tensor labels = exact_ ? exact_labels(picture) : Tensor();
    Tensor map = labels;
    if (!map.defined()) {
      exact_ = false;
      for (const Colour colour : new_object_colours(picture, colours_)) colours_.push_back(colour);
      map = label_colours(picture, colours_);
      if (t == 0) check_even(picture, map);
    }
    if (t > 0) late_ += colours_.size() - before;
    regions_.push_back(label_regions(map, static_cast<std::int64_t>(colours_.size()), thickness_ + 3, !exact_));
  }

  // Objects are even areas on black; a photograph has little black, or pixels that are far from all its main colours.
  void check_even(const Tensor& picture, const Tensor& map) const {
    const Tensor flat = picture.contiguous();
    const auto* rgb = flat.const_data_ptr<std::uint8_t>();
    const auto* label = map.const_data_ptr<std::uint8_t>();
    std::int64_t near = 0;
    std::int64_t all = 0;
    for (std::int64_t i = 0; i < map.numel(); ++i, rgb += 3) {
      if (label[i] == 0) continue;
      const Colour own = colours_[label[i] - std::size_t{1}];
      const auto close = [](std::uint8_t a, std::uint8_t b) { return std::abs(int{a} - int{b}) <= kUneven; };
      ++all;
      near += close(rgb[0], own.red) && close(rgb[1], own.green) && close(rgb[2], own.blue) ? 1 : 0;
    }
    if (2 * near >= all && kGroundShare * (map.numel() - all) >= map.numel()) return;
    throw InputError(
        fmt::format("'{}' is no trajectory video: its first frame is a picture of many colours, and should "
                    "show each object's shape in one colour on black",
                    maps_.path.string()));
  }

  // Each colour is an object; undefined where there are so many that the picture was compressed.
  Tensor exact_labels(const Tensor& picture) {
    const Tensor flat = picture.contiguous();
    const auto* rgb = flat.const_data_ptr<std::uint8_t>();
    Tensor labels = at::zeros({height_, width_}, at::kByte);
    auto* out = labels.data_ptr<std::uint8_t>();
    std::vector<Colour> colours = colours_;
    std::int64_t last = 0;
    std::uint8_t label = 0;
    for (std::int64_t i = 0; i < height_ * width_; ++i, rgb += 3) {
      const std::int64_t value = pixel_value(rgb);
      if (value != last) {
        last = value;
        const Colour colour = colour_of(value);
        const auto known = std::find(colours.begin(), colours.end(), colour);
        label = value == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(known - colours.begin() + 1);
        if (value != 0 && known == colours.end()) {
          if (colours.size() == kMostExact) return {};
          colours.push_back(colour);
        }
      }
      out[i] = label;
    }
    colours_ = std::move(colours);
    return labels;
  }

  [[nodiscard]] const LabelRegion* region(std::size_t t, std::size_t k) const {
    return k < regions_[t].size() && regions_[t][k].area > 0 ? &regions_[t][k] : nullptr;
  }
  [[nodiscard]] bool black(std::size_t t) const {
    return std::none_of(regions_[t].begin(), regions_[t].end(), [](const LabelRegion& r) { return r.area > 0; });
  }

  [[nodiscard]] MapStyle find_style() const {
    std::int64_t hollow = 0;
    std::int64_t filled = 0;
    std::size_t dark = 0;
    for (std::size_t t = 1; t < regions_.size(); ++t) {
      dark += black(t) ? 1 : 0;
      for (std::size_t k = 0; k < colours_.size(); ++k) {
        const LabelRegion* here = region(t, k);
        if (here == nullptr || here->inside_area == 0) continue;
        const double share = static_cast<double>(here->inside) / static_cast<double>(here->inside_area);
        ++(share < kHollow ? hollow : filled);
      }
    }
    if (regions_.size() > 1 && 2 * dark > regions_.size() - 1 && filled == 0) return MapStyle::sparse_box;
    return hollow > filled ? MapStyle::box : MapStyle::mask;
  }

  // The line's middle, counted as it was drawn: from the pixel of the left and upper line to that of the others. Where
  // a side lies beyond the picture, so that its line is not seen, the picture's border is all that is known.
  [[nodiscard]] Box outline_box(const LabelRegion& region) const {
    const std::int64_t reach = thickness_ / 2;
    const auto side = [&](std::size_t i, std::int64_t length) {
      const std::int64_t outer = i < 2 ? region.box[i] : length - region.box[i];
      const std::int64_t far = i < 2 ? 0 : 1;  // of a last pixel
      std::int64_t middle = outer + reach + far;
      if (outer == 0) {
        const std::int64_t seen = region.rims[i];
        middle = seen == 0 ? 0 : std::min(seen, 2 * reach + 1) - 1 - reach + far;
      }
      return static_cast<double>(i < 2 ? middle : length - middle) / static_cast<double>(length);
    };
    return {side(0, width_), side(1, height_), side(2, width_), side(3, height_)};
  }

  [[nodiscard]] Box filled_box(const LabelRegion& region) const {
    Box box{};
    for (std::size_t i = 0; i < 4; ++i) {
      box[i] = static_cast<double>(region.box[i]) / static_cast<double>(i % 2 == 0 ? width_ : height_);
    }
    return box;
  }

  [[nodiscard]] TrajectoryObject object(std::size_t k, MapStyle style) const {
    TrajectoryObject object;
    object.colour = nominal_colour(colours_[k]);
    for (std::size_t t = 0; t < regions_.size(); ++t) {
      const auto frame = static_cast<std::int64_t>(t);
      const LabelRegion* here = region(t, k);
      if (here == nullptr) {
        // A black frame of a sparse video says nothing.
        if (style == MapStyle::sparse_box && !object.keys.empty()) continue;
        if (object.hidden.empty() || object.hidden.back().end != frame) object.hidden.push_back({frame, frame});
        ++object.hidden.back().end;
        continue;
      }
      const bool outline = t > 0 && style != MapStyle::mask;
      Box box = outline ? outline_box(*here) : filled_box(*here);
      // What is thinner than a line has some size all the same.
      box[2] = std::max(box[2], box[0] + 1.0 / static_cast<double>(width_));
      box[3] = std::max(box[3], box[1] + 1.0 / static_cast<double>(height_));
      object.keys.push_back({.frame = frame, .box = box});
    }
    if (style == MapStyle::mask) {
      object.masks = MaskSource{.path = maps_.path.string(), .label = 0, .colour = object.colour};
    }
    return object;
  }

  // By MagicMotion's own numbers where its colours are known, then as they were found.
  [[nodiscard]] std::vector<std::size_t> order() const {
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < colours_.size(); ++k) {
      const bool ever = std::any_of(regions_.begin(), regions_.end(),
                                    [&](const auto& regions) { return k < regions.size() && regions[k].area > 0; });
      if (ever) order.push_back(k);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return magicmotion_number(colours_[a]).value_or(kNoNumber) < magicmotion_number(colours_[b]).value_or(kNoNumber);
    });
    return order;
  }

  const MapFrames& maps_;
  bool exact_;
  std::int64_t height_ = 0;
  std::int64_t width_ = 0;
  std::int64_t thickness_ = 1;
  std::size_t late_ = 0;
  std::vector<Colour> colours_;
  std::vector<std::vector<LabelRegion>> regions_;  // by frame, then colour
};

}  // namespace maps_detail

ForeignTrajectory trajectory_of_maps(const MapFrames& maps) {
  if (maps.count < 1) throw InputError(fmt::format("'{}' holds no frame", maps.path.string()));
  return maps_detail::MapReader(maps).read();
}

}  // namespace flashmotion
