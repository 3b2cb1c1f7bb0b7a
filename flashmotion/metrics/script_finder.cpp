#include "flashmotion/metrics/script_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/script_module.hpp"
#include "flashmotion/metrics/detail/script_output.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <vector>

namespace flashmotion {
namespace script_finder {

constexpr double kFound = 0.5;

// What a program returned for a clip [1, 3, F, H, W] and its first masks [1, K, H, W], as [1, K, F, H, W] bool.
Tensor expect_masks(const Tensor& value, const Tensor& clip, const Tensor& first, const ScriptModule& program) {
  const std::vector<std::int64_t> shape{1, first.size(1), clip.size(2), clip.size(3), clip.size(4)};
  const bool truth = value.scalar_type() == at::kBool;
  if (value.sizes() != at::IntArrayRef(shape) || (!truth && !value.is_floating_point())) {
    throw InputError(fmt::format("'{}' returned {}; masks are bool or probabilities, [1, {}, {}, {}, {}]",
                                 program.path().string(), metrics_detail::outline(value), shape[1], shape[2], shape[3],
                                 shape[4]));
  }
  if (truth) return value;
  if (!((value >= 0) & (value <= 1)).all().item<bool>()) {
    throw InputError(fmt::format(
        "'{}' returned masks with numbers outside of [0, 1]; let it return probabilities, or a comparison's bool",
        program.path().string()));
  }
  return value > kFound;
}

}  // namespace script_finder

ObjectSearch script_search(const std::filesystem::path& file) {
  const ScriptModule program(file);
  const auto find = [program](const ClipFrames& video, const ClipBatch& real) {
    if (video.size(1) != 3 || real.masks.dim() != 5 || video.size(0) != real.masks.size(0) ||
        video.size(3) != real.masks.size(3) || video.size(4) != real.masks.size(4)) {
      throw ShapeError(
          "generated clips and real masks differ in number or size; give [B, 3, F, H, W] and [B, K, F, H, W]");
    }
    const auto whole = video.begin().next(video.frames());
    metrics_detail::expect_clips(whole);
    const auto clips = whole.to(at::kFloat);
    const auto valid = real.valid.unsqueeze(-1).unsqueeze(-1);  // [B, K, 1, 1]
    const auto first = real.masks.select(2, 0) & valid;
    std::vector<Tensor> found;
    for (std::int64_t b = 0; b < clips.size(0); ++b) {
      const auto clip = clips.slice(0, b, b + 1), masks = first.slice(0, b, b + 1);
      found.push_back(script_finder::expect_masks(program({clip, masks}), clip, masks, program));
    }
    return ClipFrames(at::cat(found).to(whole.device()) & valid.unsqueeze(-1)).begin();
  };
  return {fmt::format("script:{}", file.stem().string()), program.sha256(), find};
}

}  // namespace flashmotion
