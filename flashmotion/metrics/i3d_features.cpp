#include "flashmotion/metrics/i3d_features.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/script_module.hpp"
#include "flashmotion/metrics/detail/script_output.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace flashmotion {
namespace i3d {

constexpr std::int64_t kSide = 224;
constexpr std::int64_t kFewestFrames = 10;
constexpr std::int64_t kWidth = 400;

// Frames [B, 3, n, H, W] in [-1, 1] as the network takes them, [B, 3, n, 224, 224].
Tensor prepared(const Tensor& clip, FvdConvention convention) {
  auto frames = (clip.detach().to(at::kCPU, at::kFloat).clamp(-1, 1) + 1) / 2;
  if (convention == FvdConvention::videogpt) frames = metrics_detail::eight_bits(clip).to(at::kFloat) / 255;
  frames = frames.transpose(1, 2).flatten(0, 1);  // [B n, 3, H, W]
  const auto height = frames.size(2), width = frames.size(3), shorter = std::min(height, width);
  // Both ways round up a product of doubles, which for few sizes (400 x 400) is one more than without their rounding.
  const double scale = static_cast<double>(kSide) / static_cast<double>(shorter);
  const auto longer = static_cast<std::int64_t>(std::ceil(static_cast<double>(std::max(height, width)) * scale));
  const auto size = height < width ? std::array{kSide, longer} : std::array{longer, kSide};
  frames = at::upsample_bilinear2d(frames, at::IntArrayRef(size), /*align_corners=*/false, {});
  frames = frames.narrow(2, (frames.size(2) - kSide) / 2, kSide).narrow(3, (frames.size(3) - kSide) / 2, kSide);
  return ((frames - 0.5) * 2).unflatten(0, {clip.size(0), clip.size(2)}).transpose(1, 2).contiguous();
}

}  // namespace i3d

FeatureExtractor i3d_features(const std::filesystem::path& file, FvdConvention convention) {
  const ScriptModule program(file);
  ScriptModule::Flags flags;
  for (const auto& [name, value] :
       ScriptModule::Flags{{"rescale", false}, {"resize", false}, {"return_features", true}}) {
    if (program.takes(name)) flags.emplace_back(name, value);
  }
  const auto features = [program, flags, convention](const ClipFrames& video) {
    metrics_detail::expect_clips(video);
    if (video.frames() < i3d::kFewestFrames) {
      throw InputError(fmt::format("FVD of clips of {} frames; it is defined for {} frames or more", video.frames(),
                                   i3d::kFewestFrames));
    }
    std::vector<Tensor> windows, parts;
    each_window(video, [&](const Tensor& part) { windows.push_back(i3d::prepared(part, convention)); });
    const auto clips = at::cat(windows, 2);
    windows.clear();
    for (std::int64_t b = 0; b < video.size(0); ++b) {
      const auto clip = clips.slice(0, b, b + 1).contiguous();
      parts.push_back(metrics_detail::expect_features(program({clip}, flags), 1, i3d::kWidth, program));
    }
    return at::cat(parts);
  };
  return {"fvd", fmt::format("i3d ({}: shorter side resized to {})", to_string(convention), i3d::kSide),
          program.sha256(), features};
}

}  // namespace flashmotion
