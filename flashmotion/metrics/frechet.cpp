#include "flashmotion/metrics/frechet.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace flashmotion {
namespace frechet {

constexpr std::int64_t kChunk = 8;                        // clips at once: what stays in a cache
constexpr std::int64_t kPixels = std::int64_t{1} << 20U;  // of pictures at once
constexpr double kDifferences = 2;                        // differences are fainter than frames

Tensor square_root(const Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh(covariance);
  return at::matmul(vectors * values.clamp_min(0).sqrt(), vectors.t());
}

double distance(const Gaussian& a, const Tensor& root_a, const Gaussian& b) {
  const auto inner = at::matmul(at::matmul(root_a, b.covariance), root_a);
  const auto shared = at::linalg_eigvalsh((inner + inner.t()) / 2).clamp_min(0).sqrt().sum();
  return ((a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace() - 2 * shared).item<double>();
}

// Mean and spread over an axis, side by side. Through the mean square: ATen's var is many times slower.
Tensor moments(const Tensor& values, std::int64_t axis) {
  const auto mean = values.mean(axis);
  return at::cat({mean, (values.square().mean(axis) - mean.square()).clamp_min(0).sqrt()}, 1);
}

}  // namespace frechet

Gaussian fit_gaussian(const Tensor& features) {
  if (features.dim() != 2 || features.size(0) <= features.size(1)) {
    throw InputError(fmt::format(
        "Fréchet distance of {} clips in {} dimensions has no covariance; give more clips or fewer dimensions",
        features.dim() > 0 ? features.size(0) : 0, features.dim() > 1 ? features.size(1) : 0));
  }
  const auto rows = features.detach().to(at::kDouble);
  const auto mean = rows.mean(0);
  const auto centred = rows - mean;
  return {mean, at::matmul(centred.t(), centred) / static_cast<double>(rows.size(0) - 1)};
}

double frechet_distance(const Gaussian& a, const Gaussian& b) {
  return frechet::distance(a, frechet::square_root(a.covariance), b);
}

RandomConvFeatures::RandomConvFeatures(std::uint64_t seed) {
  const auto draw = [seed](const char* name, at::IntArrayRef shape, double scale) {
    return Rng(seed, fmt::format("frechet:{}", name)).normal(shape) * scale;
  };
  weight1_ = draw("weight1", {24, 3, 3, 3}, 1 / std::sqrt(27.0));
  bias1_ = draw("bias1", {24}, 0.2);
  weight2_ = draw("weight2", {32, 24, 3, 3}, 1 / std::sqrt(108.0));  // half of the inputs are zero after ReLU
  bias2_ = draw("bias2", {32}, 0.2);
}

Tensor RandomConvFeatures::pictures(const Tensor& frames) const {
  const auto at_once = std::max<std::int64_t>(1, frechet::kPixels / std::max<std::int64_t>(1, frames[0][0].numel()));
  std::vector<Tensor> features;
  for (const Tensor& part : frames.split(at_once)) {
    const auto first = at::conv2d(part, weight1_, bias1_, {2, 2}, {1, 1}).relu_();
    const auto second = at::conv2d(first, weight2_, bias2_, {2, 2}, {1, 1}).relu_();
    features.push_back(at::cat({frechet::moments(first.flatten(2), 2), frechet::moments(second.flatten(2), 2)}, 1));
  }
  return at::cat(features);
}

Tensor RandomConvFeatures::stills(const Tensor& frames) const {
  std::vector<Tensor> features;
  for (const Tensor& part : frames.split(frechet::kChunk)) {
    const auto each = pictures(part.transpose(1, 2).flatten(0, 1));
    features.push_back(each.view({part.size(0), part.size(2), -1}));
  }
  return at::cat(features);
}

Tensor RandomConvFeatures::operator()(const ClipFrames& video) const {
  if (video.size(1) != 3 || video.frames() < 2)
    throw ShapeError(fmt::format("clips for features have {} channels and {} frames; give 3, and 2 or more",
                                 video.size(1), video.frames()));
  // Room for what is kept of each frame is taken once, so that it does not lie scattered among large pieces.
  const std::int64_t later = video.frames() - 1;
  Tensor last;                 // [B, 3, 1, H, W]
  Tensor frames, differences;  // [B, F - 1, 112]
  std::int64_t at = 0;
  each_window(video, [&](const Tensor& part) {
    const auto now = part.detach().to(at::kFloat);
    const auto all = last.defined() ? at::cat({last, now}, 2) : now;
    last = now.slice(2, -1).clone();
    const std::int64_t count = all.size(2) - 1;
    if (count == 0) return;
    const auto keep = [&](Tensor& kept, const Tensor& made) {
      if (!kept.defined()) kept = at::empty({made.size(0), later, made.size(2)}, made.options());
      kept.slice(1, at, at + count).copy_(made);
    };
    keep(frames, stills(all.slice(2, 1)));
    keep(differences, stills(frechet::kDifferences * all.diff(1, 2)));
    at += count;
  });
  return at::cat({frechet::moments(frames, 1), frechet::moments(differences, 1)}, 1);
}

std::int64_t frechet_dimensions(std::int64_t clips, std::int64_t wanted) {
  return std::max<std::int64_t>(1, std::min(wanted, clips / 3));
}

FrechetReference::FrechetReference(const Tensor& real, std::int64_t dimensions) {
  if (real.dim() != 2 || real.size(0) < 3 || dimensions < 1) {
    throw InputError(fmt::format("Fréchet reference of {} clips in {} dimensions; give 3 clips and 1 dimension or more",
                                 real.dim() > 0 ? real.size(0) : 0, dimensions));
  }
  const auto rows = real.detach().to(at::kDouble);
  const auto kept = std::min(frechet_dimensions(rows.size(0), dimensions), rows.size(1));
  mean_ = rows.mean(0);
  const auto axes = std::get<2>(at::linalg_svd(rows - mean_, /*full_matrices=*/false));  // [., D]
  components_ = axes.slice(0, 0, kept).t();
  scale_ = 1 / at::matmul(rows - mean_, components_).std(at::IntArrayRef{0}).clamp_min(1e-4).mean();
  real_ = fit_gaussian(project(rows));
  root_ = frechet::square_root(real_.covariance);
}

Tensor FrechetReference::project(const Tensor& features) const {
  return at::matmul(features.detach().to(at::kDouble) - mean_, components_) * scale_;
}

double FrechetReference::distance_of_projected(const Tensor& components) const {
  return frechet::distance(real_, root_, fit_gaussian(components));
}

double FrechetReference::distance(const Tensor& features) const { return distance_of_projected(project(features)); }

}  // namespace flashmotion
