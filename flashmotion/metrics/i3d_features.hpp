#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

namespace flashmotion {

/// How clips are prepared for FVD: two published ways, whose figures may not be compared.
enum class FvdConvention {
  styleganv,  // as StyleGAN-V: pixels as they are
  videogpt,   // as VideoGPT: pixels rounded to 8 bits first
};

template <>
struct EnumNames<FvdConvention> {
  static constexpr std::array values{
      std::pair{FvdConvention::styleganv, std::string_view("styleganv")},
      std::pair{FvdConvention::videogpt, std::string_view("videogpt")},
  };
};

/// Features of clips for "fvd" (Unterthiner et al., 2018): the 400 numbers before the softmax of an I3D network that
/// knows Kinetics-400, in a TorchScript program. Frames are resized so that the shorter side is 224, bilinear without a
/// filter, the middle 224x224 are cut out, and the program is called with one clip, [1, 3, F, 224, 224] in [-1, 1],
/// with `rescale=False`, `resize=False` and `return_features=True` for those of these arguments that it knows. It
/// returns [1, 400]. It takes a whole clip, which is in memory in that small size, 0.6 MB a frame. Throws as
/// `ScriptModule` does, and InputError for clips of fewer than 10 frames and features of other shapes.
[[nodiscard]] FLASHMOTION_EXPORT FeatureExtractor i3d_features(const std::filesystem::path& file,
                                                               FvdConvention convention);

}  // namespace flashmotion
