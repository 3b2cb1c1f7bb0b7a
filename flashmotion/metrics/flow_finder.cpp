#include "flashmotion/metrics/flow_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sibling_library.hpp"
#include "flashmotion/kernels/dense_flow.hpp"
#include "flashmotion/metrics/detail/spread.hpp"
#include "flashmotion/metrics/islands.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace flashmotion {
namespace flow_finder {

constexpr std::int64_t kLeastSide = 16;   // pixels; dense inverse search needs 12
constexpr std::int64_t kLeastPixels = 4;  // less is noise
constexpr double kIsland = 0.1;           // of the largest piece: smaller pieces are dropped
constexpr const char* kLibrary = "libflashmotion_flow.so";

// Grey pictures [F, H, W] uint8 of [3, F, H, W].
Tensor grey(const Tensor& video) {
  const auto rgb = (video + 1) * 127.5;
  return (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]).round().clamp(0, 255).to(at::kByte).contiguous();
}

flow::DenseFlowFunction flow_function() {
  static const auto function =
      reinterpret_cast<flow::DenseFlowFunction>(sibling_function(kLibrary, "flashmotion_dense_flow"));
  if (function == nullptr) {
    throw InputError(
        fmt::format("'{}' could not be loaded; install the whole toolkit again, with OpenCV's core and "
                    "video libraries, or find objects otherwise",
                    kLibrary));
  }
  return function;
}

// Steps from each pixel of each frame but the first of some [F, H, W] uint8 to where it is in the frame before,
// [F - 1, H, W, 2] float.
Tensor steps_back(const Tensor& frames) {
  const auto function = flow_function();
  const auto pairs = frames.size(0) - 1, height = frames.size(1), width = frames.size(2);
  auto result = at::empty({pairs, height, width, 2}, frames.options().dtype(at::kFloat));
  const auto* pixels = frames.const_data_ptr<unsigned char>();
  auto* steps = result.data_ptr<float>();
  std::atomic<bool> good = true;
  at::parallel_for(0, pairs, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const flow::DenseFlow pictures{pixels + (i + 1) * height * width, pixels + i * height * width,
                                     static_cast<std::int32_t>(height), static_cast<std::int32_t>(width),
                                     steps + 2 * i * height * width};
      if (!function(pictures)) good = false;
    }
  });
  if (!good) throw Error(fmt::format("optical flow of pictures of {} x {} pixels failed", width, height));
  return result;
}

// Weights of the four pixels about a place; those outside of the picture are 0.
class Bilinear {
 public:
  Bilinear(float x, float y, std::int64_t height, std::int64_t width) {
    const float left = std::floor(x), top = std::floor(y);
    if (!(left >= -1 && top >= -1 && left < static_cast<float>(width) && top < static_cast<float>(height))) return;
    const auto column = static_cast<std::int64_t>(left), row = static_cast<std::int64_t>(top);
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto at_x = column + i % 2, at_y = row + i / 2;
      if (at_x < 0 || at_y < 0 || at_x >= width || at_y >= height) continue;
      const float across = i % 2 == 0 ? 1 - (x - left) : x - left, down = i / 2 == 0 ? 1 - (y - top) : y - top;
      place_[i] = at_y * width + at_x;
      weight_[i] = across * down;
    }
  }
  [[nodiscard]] float of(const float* values) const {
    float sum = 0;
    for (std::int64_t i = 0; i < 4; ++i) sum += weight_[i] * values[place_[i]];
    return sum;
  }

 private:
  std::int64_t place_[4] = {};
  float weight_[4] = {};
};

// Masks [K, H, W] where steps [H, W, 2] lead.
Tensor warped(const Tensor& masks, const Tensor& steps) {
  const auto objects = masks.size(0), height = masks.size(1), width = masks.size(2), size = height * width;
  auto result = at::empty_like(masks);
  const auto* from = masks.const_data_ptr<float>();
  const auto* step = steps.const_data_ptr<float>();
  auto* to = result.data_ptr<float>();
  for (std::int64_t p = 0; p < size; ++p) {
    const std::int64_t x = p % width, y = p / width;
    const Bilinear source(static_cast<float>(x) + step[2 * p], static_cast<float>(y) + step[2 * p + 1], height, width);
    for (std::int64_t k = 0; k < objects; ++k) to[k * size + p] = source.of(from + k * size);
  }
  return result;
}

// What tells the colours of each object from those around it.
class Colours {
 public:
  // `picture` [3, H, W] in [-1, 1], `masks` [K, H, W] bool.
  Colours(const Tensor& picture, const Tensor& masks, const FlowFinderConfig& config)
      : weight_(config.colours), bins_(config.bins) {
    if (weight_ == 0) return;
    const auto objects = masks.size(0);
    const auto longer = static_cast<double>(std::max(picture.size(1), picture.size(2)));
    const auto reach = std::max<std::int64_t>(1, std::llround(config.around * longer));
    const auto places = bins_of(picture), near = metrics_detail::spread(masks, reach);
    std::vector<Tensor> rows;
    for (std::int64_t k = 0; k < objects; ++k) {
      const auto inside = masks[k].flatten(), around = near[k].flatten().logical_and(inside.logical_not());
      rows.push_back(log_ratio(counts(places.masked_select(inside)), counts(places.masked_select(around))));
    }
    if (objects > 0) ratios_ = at::stack(rows);
  }

  // Carried masks [K, H, W], corrected by a picture [3, H, W].
  [[nodiscard]] Tensor correct(const Tensor& carried, const Tensor& picture) const {
    if (!ratios_.defined()) return carried;
    const auto ratio = ratios_.index_select(1, bins_of(picture)).view(carried.sizes());
    const auto evidence = at::avg_pool2d(ratio, {3, 3}, {1, 1}, {1, 1}, false, /*count_include_pad=*/false)
                              .clamp(-kMostEvidence, kMostEvidence);
    const auto corrected = at::sigmoid(at::logit(carried, kSurest) + weight_ * evidence);
    return at::where(metrics_detail::spread(carried > kTrace, kRim), corrected, 0.0F);
  }

 private:
  static constexpr double kMostEvidence = 4;  // of one pixel, log-likelihood
  static constexpr double kSurest = 1e-3;     // least doubt about a carried value
  static constexpr double kTrace = 0.05;      // carried values below count as nothing
  static constexpr std::int64_t kRim = 2;     // pixels about what was carried in which an object may be
  static constexpr double kPrior = 64;        // pixels of no object's own colours that count beside the clip's
  static constexpr double kNever = 1e-6;      // share of a bin that no pixel is in

  [[nodiscard]] Tensor bins_of(const Tensor& picture) const {
    const auto steps = ((picture + 1) * (0.5 * static_cast<double>(bins_))).to(at::kLong).clamp(0, bins_ - 1);
    return ((steps[0] * bins_ + steps[1]) * bins_ + steps[2]).flatten();
  }
  [[nodiscard]] Tensor counts(const Tensor& places) const {
    return at::bincount(places, {}, bins_ * bins_ * bins_).to(at::kDouble);
  }
  // How much likelier each bin is inside. Bins of few pixels, of which little is known, are drawn towards 0.
  static Tensor log_ratio(const Tensor& inside, const Tensor& around) {
    const auto both = inside / inside.sum().clamp_min(1) + around / around.sum().clamp_min(1) + kNever;
    const auto prior = kPrior / both.sum() * both;
    const auto frequencies = [&](const Tensor& counts) { return (counts + prior) / (counts.sum() + kPrior); };
    return (frequencies(inside).log() - frequencies(around).log()).to(at::kFloat);
  }

  double weight_;
  std::int64_t bins_;
  Tensor ratios_;  // [K, bins^3]
};

// Carries masks through a clip whose frames come a few at a time.
class Carrier {
 public:
  // `first` [K, H, W] float
  Carrier(Tensor first, const FlowFinderConfig& config) : config_(config), carried_(std::move(first)) {}

  // The next frames [3, n, H, W] to masks [K, n, H, W] bool.
  Tensor next(const Tensor& frames) {
    std::vector<Tensor> found;
    auto pictures = grey(frames);  // [n, H, W], after the last one before them
    std::int64_t f = 0;            // in `frames`
    if (!colours_) {
      colours_.emplace(frames.select(1, 0), carried_ > 0, config_);
      found.push_back(carried_ > config_.threshold);
      f = 1;
    } else {
      pictures = at::cat({last_, pictures});
    }
    const std::int64_t pairs = pictures.size(0) - 1;
    const std::int64_t at_once = std::max(1, at::get_num_threads());  // flows that are held
    for (std::int64_t from = 0; from < pairs; from += at_once) {
      const auto steps = steps_back(pictures.slice(0, from, std::min(pairs, from + at_once) + 1));
      for (std::int64_t i = 0; i < steps.size(0); ++i, ++f) found.push_back(one(steps[i], frames.select(1, f)));
    }
    last_ = pictures.slice(0, pairs).clone();
    return at::stack(found, 1);
  }

 private:
  // What the steps [H, W, 2] carry into a picture [3, H, W].
  Tensor one(const Tensor& steps, const Tensor& picture) {
    const auto values = colours_->correct(warped(carried_, steps), picture);
    const auto all = values > config_.threshold;
    auto found = without_islands(all, kIsland);
    carried_ = values.masked_fill(all.logical_and(found.logical_not()), 0);
    return found;
  }

  FlowFinderConfig config_;
  Tensor carried_;  // [K, H, W]
  Tensor last_;     // the last frame, grey, [1, H, W]
  std::optional<Colours> colours_;
};

}  // namespace flow_finder

FlowFinder::FlowFinder(const FlowFinderConfig& config) : config_(config) {
  if (!(config.threshold > 0) || !(config.threshold < 1)) {
    throw InputError(fmt::format("flow finder with a threshold of {}; use one between 0 and 1", config.threshold));
  }
  if (!(config.colours >= 0) || config.bins < 1 || config.bins > 32 || !(config.around > 0) || config.around > 1) {
    throw InputError(
        fmt::format("flow finder with colours of weight {}, {} bins and surroundings of {}; use 0 or more, 1 to "
                    "32 and up to 1",
                    config.colours, config.bins, config.around));
  }
}

Tensor FlowFinder::operator()(const Tensor& video, const ClipBatch& real) const {
  return all_frames((*this)(ClipFrames(video), real));
}

FramePass FlowFinder::operator()(const ClipFrames& video, const ClipBatch& first) const {
  if (video.size(1) != 3 || first.masks.dim() != 5 || video.size(0) != first.masks.size(0) ||
      video.size(3) != first.masks.size(3) || video.size(4) != first.masks.size(4)) {
    throw ShapeError(
        "generated clips and real masks differ in number or size; give [B, 3, F, H, W] and [B, K, F, H, W]");
  }
  if (video.size(3) < flow_finder::kLeastSide || video.size(4) < flow_finder::kLeastSide) {
    throw InputError(fmt::format("clips of {} x {} pixels are too small for optical flow; give {} x {} or more",
                                 video.size(4), video.size(3), flow_finder::kLeastSide, flow_finder::kLeastSide));
  }
  const auto known = first.masks.select(2, 0) & first.valid.unsqueeze(-1).unsqueeze(-1);  // [B, K, H, W]
  std::vector<flow_finder::Carrier> carriers;                                             // of each clip
  for (std::int64_t b = 0; b < video.size(0); ++b)
    carriers.emplace_back(known[b].to(at::kCPU, at::kFloat).contiguous(), config_);
  const auto pass = std::make_shared<FramePass>(video.begin());
  const auto find_next = [pass, carriers = std::move(carriers)](std::int64_t count) mutable {
    const auto frames = pass->next(count);
    const auto clips = frames.detach().to(at::kCPU, at::kFloat).contiguous();
    std::vector<Tensor> each;
    for (std::size_t b = 0; b < carriers.size(); ++b)
      each.push_back(carriers[b].next(clips[static_cast<std::int64_t>(b)]));
    const auto found = at::stack(each);
    const auto enough = found.sum({-2, -1}, /*keepdim=*/true) >= flow_finder::kLeastPixels;
    return (found & enough).to(frames.device());
  };
  // A thread computes one flow: there are frames for all of them, though fewer are asked for.
  return {video.frames(), [find_next = find_next, ready = Tensor()](std::int64_t, std::int64_t count) mutable {
            const std::int64_t at_once = std::max(1, at::get_num_threads());
            while (!ready.defined() || ready.size(2) < count) {
              const std::int64_t lacking = count - (ready.defined() ? ready.size(2) : 0);
              const auto more = find_next(std::max(lacking, at_once));
              ready = ready.defined() ? at::cat({ready, more}, 2) : more;
            }
            auto found = ready.slice(2, 0, count);
            ready = ready.slice(2, count).clone();
            return found;
          }};
}

ObjectSearch flow_search(const FlowFinderConfig& config) { return {"flow", "", FlowFinder(config)}; }

}  // namespace flashmotion
