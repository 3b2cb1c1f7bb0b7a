#include "flashmotion/metrics/inception_features.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/script_module.hpp"
#include "flashmotion/metrics/detail/inception.hpp"
#include "flashmotion/metrics/detail/script_output.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace flashmotion {
namespace inception_features_detail {

constexpr std::int64_t kAtOnce = 8;  // frames

// Applies what turns [n, 3, H, W] uint8 into features to the frames of clips.
auto of_frames(std::function<Tensor(const Tensor&)> network) {
  return [network = std::move(network)](const ClipFrames& video) {
    metrics_detail::expect_clips(video);
    std::vector<Tensor> windows;
    each_window(video, [&](const Tensor& window) {
      const auto frames = window.transpose(1, 2).flatten(0, 1);  // [B n, 3, H, W]
      std::vector<Tensor> parts;
      for (const auto& part : frames.split(kAtOnce)) parts.push_back(network(metrics_detail::eight_bits(part)));
      windows.push_back(at::cat(parts).unflatten(0, {window.size(0), window.size(2)}));  // [B, n, D]
    });
    return at::cat(windows, 1).flatten(0, 1);
  };
}

FeatureExtractor of_program(const std::filesystem::path& file) {
  const ScriptModule program(file);
  ScriptModule::Flags flags;
  if (program.takes("return_features")) flags.emplace_back("return_features", true);
  return {"fid", "inception-v3 (TorchScript)", program.sha256(), of_frames([program, flags](const Tensor& pictures) {
            return metrics_detail::expect_features(program({pictures.contiguous()}, flags), pictures.size(0),
                                                   metrics_detail::Inception::kWidth, program);
          })};
}

}  // namespace inception_features_detail

FeatureExtractor inception_features(const std::filesystem::path& file) {
  using namespace inception_features_detail;
  if (ScriptModule::is_program(file)) return of_program(file);
  const TorchPickleFile weights(file);
  const auto network = std::make_shared<const metrics_detail::Inception>(weights);
  return {"fid", "inception-v3", sha256_hex(weights.file().bytes()),
          of_frames([network](const Tensor& pictures) { return (*network)(pictures); })};
}

}  // namespace flashmotion
