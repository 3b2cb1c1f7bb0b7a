#include "flashmotion/metrics/detail/inception.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

namespace flashmotion::metrics_detail {
namespace inception {

constexpr std::int64_t kSide = 299;
constexpr double kEpsilon = 1e-3;  // of batch normalisation
constexpr std::string_view kWeight = ".conv.weight";

Tensor halved(const Tensor& x) { return at::max_pool2d(x, {3, 3}, {2, 2}); }

Tensor mean_of_near(const Tensor& x) {
  return at::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}, /*ceil_mode=*/false, /*count_include_pad=*/false);
}

// A tensor of a checkpoint, [.] or [., ., ., .] float64.
Tensor find(const TorchPickleFile& file, const std::string& name, std::int64_t axes) {
  const auto* value = file.root().find(name);
  if (value == nullptr || value->tensor() == nullptr || value->tensor()->dim() != axes) {
    throw InputError(
        fmt::format("'{}' has no tensor '{}' with {} axes, so it is no Inception-v3; give the weights that "
                    "FID is measured with",
                    file.path().string(), name, axes));
  }
  return value->tensor()->to(at::kDouble);
}

}  // namespace inception

Inception::Inception(const TorchPickleFile& weights) {
  const auto* entries = weights.root().dictionary();
  try {
    if (entries != nullptr) {
      for (const auto& [key, value] : *entries) {
        if (!key.ends_with(inception::kWeight)) continue;
        const auto name = key.substr(0, key.size() - inception::kWeight.size());
        const auto part = [&](const char* what) { return inception::find(weights, name + ".bn." + what, 1); };
        const auto factor = part("weight") / (part("running_var") + inception::kEpsilon).sqrt();
        const auto kernel = inception::find(weights, key, 4) * factor.view({-1, 1, 1, 1});
        const auto shift = part("bias") - part("running_mean") * factor;
        convolutions_.emplace(name, Convolution{kernel.to(at::kFloat), shift.to(at::kFloat)});
      }
    }
    const auto features = (*this)(at::zeros({1, 3, inception::kSide, inception::kSide}, at::kByte));
    if (features.size(1) == kWidth) return;
  } catch (const InputError&) {
    throw;
  } catch (const std::out_of_range&) {
    throw InputError(fmt::format("'{}' lacks weights of Inception-v3; give those that FID is measured with, whole",
                                 weights.path().string()));
  } catch (const c10::Error&) {
  }
  throw InputError(
      fmt::format("'{}' has weights whose shapes are not those of Inception-v3; give those that FID is "
                  "measured with",
                  weights.path().string()));
}

Tensor Inception::conv(const std::string& name, const Tensor& x) const {
  const auto& [weight, bias] = convolutions_.at(name);
  return at::relu(at::conv2d(x, weight, bias, {1, 1}, {weight.size(2) / 2, weight.size(3) / 2}));
}

Tensor Inception::narrowing(const std::string& name, const Tensor& x, std::int64_t stride) const {
  const auto& [weight, bias] = convolutions_.at(name);
  return at::relu(at::conv2d(x, weight, bias, {stride, stride}));
}

Tensor Inception::chain(const std::string& prefix, std::initializer_list<const char*> endings, const Tensor& x) const {
  Tensor result = x;
  for (const char* ending : endings) result = conv(prefix + ending, result);
  return result;
}

Tensor Inception::block35(const std::string& name, const Tensor& x) const {
  return at::cat(
      {conv(name + ".branch1x1", x), chain(name + ".branch5x5", {"_1", "_2"}, x),
       chain(name + ".branch3x3dbl", {"_1", "_2", "_3"}, x), conv(name + ".branch_pool", inception::mean_of_near(x))},
      1);
}

Tensor Inception::block17(const std::string& name, const Tensor& x) const {
  return at::cat({conv(name + ".branch1x1", x), chain(name + ".branch7x7", {"_1", "_2", "_3"}, x),
                  chain(name + ".branch7x7dbl", {"_1", "_2", "_3", "_4", "_5"}, x),
                  conv(name + ".branch_pool", inception::mean_of_near(x))},
                 1);
}

Tensor Inception::block8(const std::string& name, const Tensor& x, bool maximum) const {
  const auto three = conv(name + ".branch3x3_1", x), twice = chain(name + ".branch3x3dbl", {"_1", "_2"}, x);
  const auto pooled = maximum ? at::max_pool2d(x, {3, 3}, {1, 1}, {1, 1}) : inception::mean_of_near(x);
  return at::cat({conv(name + ".branch1x1", x), conv(name + ".branch3x3_2a", three),
                  conv(name + ".branch3x3_2b", three), conv(name + ".branch3x3dbl_3a", twice),
                  conv(name + ".branch3x3dbl_3b", twice), conv(name + ".branch_pool", pooled)},
                 1);
}

Tensor Inception::operator()(const Tensor& pictures) const {
  const at::NoGradGuard no_grad;
  auto x = at::upsample_bilinear2d(pictures.to(at::kFloat) / 255, at::IntArrayRef{inception::kSide, inception::kSide},
                                   /*align_corners=*/false, {});
  x = narrowing("Conv2d_2a_3x3", narrowing("Conv2d_1a_3x3", 2 * x - 1), 1);
  x = inception::halved(conv("Conv2d_2b_3x3", x));
  x = inception::halved(narrowing("Conv2d_4a_3x3", conv("Conv2d_3b_1x1", x), 1));
  for (const char* name : {"Mixed_5b", "Mixed_5c", "Mixed_5d"}) x = block35(name, x);
  x = at::cat(
      {narrowing("Mixed_6a.branch3x3", x),
       narrowing("Mixed_6a.branch3x3dbl_3", chain("Mixed_6a.branch3x3dbl", {"_1", "_2"}, x)), inception::halved(x)},
      1);
  for (const char* name : {"Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"}) x = block17(name, x);
  x = at::cat(
      {narrowing("Mixed_7a.branch3x3_2", conv("Mixed_7a.branch3x3_1", x)),
       narrowing("Mixed_7a.branch7x7x3_4", chain("Mixed_7a.branch7x7x3", {"_1", "_2", "_3"}, x)), inception::halved(x)},
      1);
  x = block8("Mixed_7c", block8("Mixed_7b", x, false), true);
  return x.mean({2, 3});
}

}  // namespace flashmotion::metrics_detail
