#include "flashmotion/nn/causal_conv3d.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/channel_norm.hpp"
#include "flashmotion/nn/conv_history.hpp"
#include "flashmotion/nn/convolve.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <vector>

// The layers of the video autoencoders, against the same sums in float64.

namespace causal_conv3d_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::Rng;
using flashmotion::Tensor;
namespace nn = flashmotion::nn;

Tensor draw(const char* name, at::IntArrayRef shape) { return Rng(3, name).normal(shape); }

nn::CausalConv3d convolution(std::int64_t time, std::int64_t space) {
  nn::CausalConv3d layer(5, 7, time, space);
  layer->weight.set_data(draw("weight", layer->weight.sizes()));
  layer->bias.set_data(draw("bias", layer->bias.sizes()));
  return layer;
}

nn::ChannelNorm norm() {
  nn::ChannelNorm layer(5, 3);
  layer->gamma.set_data(draw("gamma", layer->gamma.sizes()));
  return layer;
}

Tensor whole(const nn::CausalConv3d& layer, const Tensor& x) {
  nn::ConvHistory history;
  history.begin_chunk(true);
  return layer->forward(x, history);
}

// Zeros in front and around, then a plain convolution.
Tensor reference(const nn::CausalConv3d& layer, const Tensor& x) {
  const std::int64_t border = layer->weight.size(3) / 2, front = layer->weight.size(2) - 1;
  const Tensor padded = at::constant_pad_nd(x.to(at::kDouble), {border, border, border, border, front, 0});
  return at::conv3d(padded, layer->weight.detach().to(at::kDouble), layer->bias.detach().to(at::kDouble))
      .to(at::kFloat);
}

TEST_CASE("a causal convolution is a convolution with zeros in front", "[nn][unit]") {
  const torch::NoGradGuard no_grad;
  const std::int64_t time = GENERATE(1, 3), space = GENERATE(1, 3);
  const auto layer = convolution(time, space);
  for (const std::int64_t frames : {1, 2, 5}) {
    INFO(time << " x " << space << ", " << frames << " frames");
    const Tensor x = draw("x", {2, 5, frames, 4, 6});
    CHECK_THAT(whole(layer, x).contiguous(), close_to(reference(layer, x), {1e-5, 1e-5}));
  }
}

TEST_CASE("no output frame of a causal convolution knows a later input frame", "[nn][unit]") {
  const torch::NoGradGuard no_grad;
  const auto layer = convolution(3, 3);
  const Tensor x = draw("x", {1, 5, 4, 4, 6});
  Tensor changed = x.clone();
  changed.select(2, 3).add_(1.0);
  const Tensor before = whole(layer, x), after = whole(layer, changed);
  CHECK_THAT(after.narrow(2, 0, 3).contiguous(), equal_to(before.narrow(2, 0, 3).contiguous()));
  CHECK((after.select(2, 3) - before.select(2, 3)).abs().max().item<double>() > 0.1);
}

TEST_CASE("a clip in chunks gives what the whole clip gives", "[nn][unit]") {
  const torch::NoGradGuard no_grad;
  const auto layer = convolution(3, 3);
  const Tensor x = draw("x", {1, 5, 6, 4, 6});
  const Tensor want = whole(layer, x).contiguous();
  for (const std::vector<std::int64_t>& chunks : {std::vector<std::int64_t>{1, 1, 1, 1, 1, 1}, {1, 2, 3}, {4, 2}}) {
    nn::ConvHistory history;
    std::vector<Tensor> parts;
    std::int64_t begin = 0;
    for (const std::int64_t count : chunks) {
      history.begin_chunk(begin + count == 6);
      parts.push_back(layer->forward(x.narrow(2, begin, count), history));
      begin += count;
    }
    CHECK_THAT(at::cat(parts, 2).contiguous(), close_to(want, {1e-5, 1e-5}));
    CHECK_FALSE(history.frames_of(layer.get()).defined());
  }
}

TEST_CASE("the norm before a causal convolution does the same on the way and apart", "[nn][unit]") {
  const auto layer = convolution(3, 3);
  const auto before = norm();
  Tensor x = draw("x", {2, 5, 3, 4, 6});
  nn::ConvHistory fused, apart, recorded;
  fused.begin_chunk(true);
  apart.begin_chunk(true);
  recorded.begin_chunk(true);
  Tensor want;
  {
    const torch::NoGradGuard no_grad;
    want = layer->forward(before->silu(x), apart).contiguous();
    CHECK_THAT(layer->after_norm(before, x, fused).contiguous(), close_to(want, {1e-5, 1e-5}));
  }
  x.requires_grad_(true);
  const Tensor graph = layer->after_norm(before, x, recorded);
  CHECK_THAT(graph.detach().contiguous(), close_to(want, {1e-5, 1e-5}));
  graph.square().sum().backward();
  CHECK(x.grad().abs().min().item<double>() > 0);
}

TEST_CASE("a channel norm divides by the root mean square over the channels", "[nn][unit]") {
  const torch::NoGradGuard no_grad;
  const auto layer = norm();
  const Tensor x = draw("x", {2, 5, 3, 4, 6});
  const Tensor wide = x.to(at::kDouble);
  const Tensor scale = layer->gamma.detach().to(at::kDouble).reshape({1, 5, 1, 1, 1});
  const Tensor normal = wide / wide.square().mean(1, true).sqrt() * scale;
  CHECK_THAT(layer->forward(x), close_to(normal.to(at::kFloat), {1e-5, 1e-5}));
  CHECK_THAT(layer->silu(x), close_to(at::silu(normal).to(at::kFloat), {1e-5, 1e-5}));
  Tensor out = at::empty({2, 5, 3, 6, 8}).narrow(3, 1, 4).narrow(4, 1, 6);
  layer->silu_into(x, out);
  CHECK_THAT(out.contiguous(), close_to(at::silu(normal).to(at::kFloat), {1e-5, 1e-5}));
  CHECK_THAT(layer->forward(at::zeros({1, 5, 1, 1, 1})), equal_to(at::zeros({1, 5, 1, 1, 1})));
  // Half types are rounded once, at the end.
  const Tensor narrow = x.to(at::kBFloat16);
  const Tensor once = at::silu(layer->forward(narrow.to(at::kFloat))).to(at::kBFloat16);
  CHECK_THAT(layer->silu(narrow), equal_to(once));
}

TEST_CASE("a convolution cut into slices of its output channels is the whole convolution", "[nn][unit]") {
  const torch::NoGradGuard no_grad;
  // 42 MB of weights: two slices.
  const Tensor weight = draw("wide", {640, 640, 3, 3, 3}) * 0.02;
  const Tensor bias = draw("bias", {640});
  const Tensor x = draw("x", {1, 640, 3, 3, 4});
  const Tensor want = at::conv3d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble)).to(at::kFloat);
  CHECK_THAT(nn::convolve(x, weight, bias).contiguous(), close_to(want, {1e-4, 1e-4}));
  CHECK_THAT(nn::convolve(x, weight, Tensor()).contiguous(),
             close_to(want - bias.reshape({1, -1, 1, 1, 1}), {1e-4, 1e-4}));
}

}  // namespace causal_conv3d_test
