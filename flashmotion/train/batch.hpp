#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_codec.hpp"
#include "flashmotion/core/any/any_dataset.hpp"
#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "flashmotion/samplers/conditioned.hpp"
#include "flashmotion/trajectory/control_maps.hpp"
#include "flashmotion/trajectory/fill.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace flashmotion {

/// Clips as the networks see them.
struct LatentBatch {
  Tensor clean;         // [B, C, T, H, W]
  Condition condition;  // text, first frame, control latent
  Tensor cover{};       // [B, 1, T, H, W] share of each cell that objects cover
};

/// The same batch on a device.
[[nodiscard]] FLASHMOTION_EXPORT LatentBatch on_device(const LatentBatch& batch, const c10::Device& device);

/// Tokens [B, L, D] float32 of prompts.
using PromptEncoder = std::function<Tensor(std::span<const std::string>)>;

/// Turns clips into latents: dataset, codec, text encoder and trajectory encoder of a run.
class FLASHMOTION_EXPORT BatchSource {
 public:
  /// `device` is where networks compute: what they are to see is moved there.
  BatchSource(AnyDataset dataset, AnyCodec codec, PromptEncoder text, std::string negative, std::uint64_t seed,
              AnyTrajectoryEncoder trajectory = AnyTrajectoryEncoder(Fill()), c10::Device device = c10::kCPU);

  [[nodiscard]] const AnyDataset& dataset() const { return dataset_; }
  [[nodiscard]] const AnyCodec& codec() const { return codec_; }

  /// Training clips of a step, on the device: equal for equal (seed, stream, step).
  [[nodiscard]] LatentBatch draw(const std::string& stream, std::int64_t step, std::int64_t count,
                                 ControlKind control) const;
  /// Of those, the ones of a share.
  [[nodiscard]] LatentBatch draw(const std::string& stream, std::int64_t step, const RowShare& rows,
                                 ControlKind control) const;
  /// Clips that are at hand, encoded, or as they were encoded ahead of time; on the CPU.
  [[nodiscard]] LatentBatch encode(const ClipBatch& clips, ControlKind control) const;
  [[nodiscard]] const PromptEncoder& text() const { return text_; }
  /// Control maps [B, 3, F, H, W] of clips, before they are encoded.
  [[nodiscard]] Tensor control_maps(const ClipBatch& clips, ControlKind control) const;
  /// What guidance leads away from, tokens [count, L, D] on the device.
  [[nodiscard]] TextContext negative_text(std::int64_t count) const;

 private:
  AnyDataset dataset_;
  AnyCodec codec_;
  PromptEncoder text_;
  std::string negative_;
  std::uint64_t seed_;
  AnyTrajectoryEncoder trajectory_;
  c10::Device device_;
};

}  // namespace flashmotion
