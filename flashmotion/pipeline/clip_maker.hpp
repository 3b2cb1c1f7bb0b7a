#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/pipeline/adapter_file.hpp"
#include "flashmotion/pipeline/memory_plan.hpp"
#include "flashmotion/pipeline/prepared_clip.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// Makes clips with a model from a checkpoint's folder. Phases follow each other over all clips, and each network is in
/// memory during its own only: text, encoding of pictures and control maps, denoising, decoding.
class FLASHMOTION_EXPORT ClipMaker {
 public:
  /// Opens all that was given and checks it. Throws InputError when something is wrong; nothing has been written then.
  /// Catalog, host and log outlive it.
  ClipMaker(PipelineRequest request, Catalog& catalog, PluginHost& host, const Logger& log);

  /// Of the largest clip.
  [[nodiscard]] const std::vector<PlannedPhase>& plan() const { return phases_; }
  [[nodiscard]] const WanFolder& folder() const { return folder_; }
  [[nodiscard]] const std::vector<PreparedClip>& clips() const { return clips_; }

  /// Makes them. A denoised clip is kept as `NAME.latents.safetensors` beside its output until it is decoded: a later
  /// call, or `flashmotion decode`, goes on from there. Throws Interrupted when a stop is asked for.
  void run(const StopFlag& stop);

 private:
  // What a clip is made from, on the CPU.
  struct Encoded {
    Tensor first_frame;  // [1, C, 1, h, w]
    Tensor control;      // [1, C, T, h, w]
  };

  [[nodiscard]] std::vector<PlannedPhase> planned() const;
  [[nodiscard]] PixelSize largest_size() const;
  void encode_texts(const StopFlag& stop);
  void encode_pictures(const StopFlag& stop);
  void denoise(const StopFlag& stop);
  void decode(const StopFlag& stop);
  [[nodiscard]] Tensor control_maps(const PreparedClip& clip) const;
  [[nodiscard]] Tensor denoise_one(const PreparedClip& clip, const Encoded& encoded, AnyGenerator& generator,
                                   const StopFlag& stop, ProgressBar& bar);

  PipelineRequest request_;
  const Logger& log_;
  WanFolder folder_;
  std::optional<StoredAdapter> adapter_;
  ClipSettings settings_;
  std::vector<PreparedClip> clips_;
  std::vector<PlannedPhase> phases_;
  std::map<std::string, Tensor> texts_;  // [1, L, D] by prompt
  std::vector<Encoded> encoded_;         // by clip
};

}  // namespace flashmotion
