#include "flashmotion/metrics/script_features.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/script_module.hpp"
#include "flashmotion/metrics/detail/script_output.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <vector>

namespace flashmotion {

FeatureExtractor script_features(const std::filesystem::path& file) {
  const ScriptModule program(file);
  const auto features = [program](const ClipFrames& video) {
    metrics_detail::expect_clips(video);
    const auto clips = video.begin().next(video.frames()).to(at::kFloat);
    std::vector<Tensor> parts;
    for (std::int64_t b = 0; b < clips.size(0); ++b) {
      const auto part = program({clips.slice(0, b, b + 1)});
      const bool frames = part.dim() == 2 && part.size(0) == clips.size(2);
      const auto dimensions = parts.empty() ? 0 : parts.front().size(1);
      parts.push_back(metrics_detail::expect_features(part, frames ? clips.size(2) : 1, dimensions, program));
    }
    return at::cat(parts);
  };
  return {"frechet", fmt::format("script:{}", file.stem().string()), program.sha256(), features};
}

}  // namespace flashmotion
