#include "flashmotion/pipeline/latent_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace flashmotion {
namespace latent_file_detail {

constexpr const char* kFormat = "flashmotion latents";
constexpr const char* kTensor = "latent";

template <class Number>
Number number_of(const SafetensorsFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  if (found != file.metadata().end()) {
    Number value{};
    const std::string& text = found->second;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code == std::errc() && end == text.data() + text.size()) return value;
  }
  throw InputError(fmt::format("'{}' does not say the clip's {}", file.path().string(), key));
}

std::string text_of(const SafetensorsFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? std::string() : found->second;
}

}  // namespace latent_file_detail

std::filesystem::path latents_beside(const std::filesystem::path& clip) {
  return std::filesystem::path(clip).replace_extension(".latents.safetensors");
}

void write_latents(const std::filesystem::path& path, const ClipLatents& clip) {
  using namespace latent_file_detail;
  write_sealed_safetensors(path, {{kTensor, clip.latent.to(at::kCPU, at::kFloat)}},
                           {{"format", kFormat},
                            {"width", fmt::format("{}", clip.size.width)},
                            {"height", fmt::format("{}", clip.size.height)},
                            {"frames", fmt::format("{}", clip.frames)},
                            {"fps", fmt::format("{}", clip.fps)},
                            {"seed", fmt::format("{}", clip.seed)},
                            {"prompt", clip.prompt},
                            {"model", clip.model},
                            {"inputs", clip.inputs},
                            {"vae_dtype", clip.vae_dtype == at::kFloat ? "fp32" : "bf16"}});
}

ClipLatents read_latents(const std::filesystem::path& path) {
  using namespace latent_file_detail;
  const SafetensorsFile file(path);
  if (text_of(file, "format") != kFormat || !file.contains(kTensor)) {
    throw InputError(
        fmt::format("'{}' holds no latents of a clip, as 'flashmotion generate --model' leaves them", path.string()));
  }
  if (const std::string damage = seal_damage(path); !damage.empty()) throw InputError(damage);
  ClipLatents clip;
  clip.size = {number_of<std::int64_t>(file, "width"), number_of<std::int64_t>(file, "height")};
  clip.frames = number_of<std::int64_t>(file, "frames");
  clip.fps = number_of<double>(file, "fps");
  clip.seed = number_of<std::uint64_t>(file, "seed");
  clip.prompt = text_of(file, "prompt");
  clip.model = text_of(file, "model");
  clip.inputs = text_of(file, "inputs");
  clip.vae_dtype = text_of(file, "vae_dtype") == "fp32" ? at::kFloat : at::kBFloat16;
  clip.latent = file.tensor(kTensor);
  const bool shaped = clip.latent.dim() == 5 && clip.latent.size(0) == 1 && clip.latent.numel() > 0 &&
                      clip.latent.scalar_type() == at::kFloat && is_valid_frame_count(clip.frames) &&
                      latent_frames(clip.frames) == clip.latent.size(2);
  if (!shaped) {
    throw InputError(fmt::format("'{}' holds latents [{}], which are none of a clip of {} frames", path.string(),
                                 fmt::join(clip.latent.sizes(), ", "), clip.frames));
  }
  return clip;
}

}  // namespace flashmotion
