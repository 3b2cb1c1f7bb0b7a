#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace flashmotion::wan {

/// What the last layer's number means. The generator's prediction is a velocity in both cases.
enum class Parameterisation {
  velocity,  // as the released Wan models
  clean,     // the clean latent; velocity = (x - output) / max(sigma, sigma_floor)
};

struct DitConfig {
  std::int64_t latent_channels = 48;
  std::int64_t width = 3072;
  std::int64_t heads = 24;
  std::int64_t blocks = 30;
  std::int64_t ffn_width = 14336;
  std::int64_t text_width = 4096;
  std::int64_t frequency_width = 256;
  std::array<std::int64_t, 3> patch{1, 2, 2};
  double epsilon = 1e-6;
  Parameterisation parameterisation = Parameterisation::velocity;
  double sigma_floor = 0.1;
  double initial_gate = 0.0;
  std::int64_t condition_channels = 0;
  std::int64_t image_width = 0;
  Regime regime = Regime::fp32;
  bool checkpointing = false;

  static void fields(auto& f, auto& c) {
    f("latent_channels", c.latent_channels, Range{1, 4096}, "channels of the latent, and of the prediction");
    f("width", c.width, Range{2, 65536}, "width of a token");
    f("heads", c.heads, Range{1, 1024}, "attention heads; must divide the width into even parts");
    f("blocks", c.blocks, Range{1, 1024}, "transformer blocks");
    f("ffn_width", c.ffn_width, Range{1, 262144}, "inner width of the feed-forward layers");
    f("text_width", c.text_width, Range{1, 65536}, "width of a text token");
    f("frequency_width", c.frequency_width, Range{2, 65536}, "width of the sinusoidal time embedding");
    f("patch", c.patch, Range{1, 64}, "latent frames, rows and columns of one token");
    f("epsilon", c.epsilon, Above{0.0}, "added in the norms");
    f("parameterisation", c.parameterisation, Choices<Parameterisation>{}, "what the last layer predicts");
    f("sigma_floor", c.sigma_floor, Range{1e-4, 1.0}, "smallest divisor when the last layer predicts the clean latent");
    f("initial_gate", c.initial_gate, Range{-10.0, 10.0}, "mean of the residual gates before training");
    f("condition_channels", c.condition_channels, Range{0, 4096}, "channels of a picture's condition; 0 for none");
    f("image_width", c.image_width, Range{0, 65536}, "width of an image encoder's token; 0 for none");
    f("regime", c.regime, Choices<Regime>{}, "arithmetic: whose rounding the network follows");
    f("checkpointing", c.checkpointing,
      "blocks run again on the way back and keep little: less memory, a third more time");
  }
};

/// Throws InputError when the configuration contradicts itself.
[[nodiscard]] FLASHMOTION_EXPORT GeneratorSpec spec_of(const DitConfig& config);

class Dit;

/// The diffusion transformer of Wan 2.1 and 2.2. One class for every configuration, the small one of the toy recipes
/// included; parameter names are those of the released checkpoints.
class FLASHMOTION_EXPORT DitGenerator {
 public:
  using Config = DitConfig;

  /// Weights drawn from the seed. Throws InputError when the configuration contradicts itself.
  DitGenerator(const DitConfig& config, std::uint64_t seed);
  /// Weights that a checkpoint is going to bring: zeros and ones, or without memory. Throws as above.
  DitGenerator(const DitConfig& config, nn::Storage storage);

  [[nodiscard]] NamedTensors named_tensors() const;
  void set_training(bool on);
  [[nodiscard]] GeneratorSpec spec() const;
  /// Throws InputError when the request lacks what the configuration needs, or its shapes do not fit.
  [[nodiscard]] DenoiseResult denoise(const DenoiseRequest& request);

  /// Takes the blocks' matrices from a stream that they were added to; null for none.
  void stream_blocks(std::shared_ptr<nn::BlockStream> stream);

  /// The same pass, for comparisons with other code: all results on the way by name, the prediction last.
  /// `patch_embedding` [B, D, T, H, W], `rope.cos` and `rope.sin` [N, head_width] with each value twice, `temb` [B, D]
  /// or [B, T or N, D] as sigma has it, `text_embedding` [B, L, D], `image_embedding` [B, M, D] where there is one,
  /// `block.0`, `block.1`, .. [B, N, D], `sample` [B, C, T, H, W].
  [[nodiscard]] NamedTensors trace(const DenoiseRequest& request);

 private:
  [[nodiscard]] DenoiseResult run(const DenoiseRequest& request, NamedTensors* trace);

  DitConfig config_;
  std::shared_ptr<Dit> dit_;
};

static_assert(Generator<DitGenerator>);

}  // namespace flashmotion::wan

template <>
struct flashmotion::EnumNames<flashmotion::wan::Parameterisation> {
  static constexpr std::array values{
      std::pair{flashmotion::wan::Parameterisation::velocity, std::string_view("velocity")},
      std::pair{flashmotion::wan::Parameterisation::clean, std::string_view("clean")}};
};
