#pragma once

#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/reader.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace attention_head {

struct AttentionHeadConfig {
  std::vector<std::int64_t> taps{0, 1, 3};
  std::int64_t width = 0;
  std::int64_t heads = 4;
  bool semantic = true;
  bool trajectory = true;
  bool video = true;

  static void fields(auto& f, auto& c) {
    using flashmotion::Range;
    f("taps", c.taps, Range{0, 1023}, "generator blocks to read, rising; empty takes the ends of the three thirds");
    f("width", c.width, Range{0, 65536}, "width of the query token; 0 takes the generator's");
    f("heads", c.heads, Range{1, 1024}, "attention heads; must divide the width");
    f("semantic", c.semantic, "attend to the first frame and the text");
    f("trajectory", c.trajectory, "attend to the control latent");
    f("video", c.video, "attend to the generator's features");
  }
  void validate(flashmotion::Check& check) const;
};

class AttentionHeadNetwork;

/// Discriminator of FlashMotion: at each tap a learned query token goes through semantic self-attention, trajectory
/// cross-attention and video cross-attention to one logit, so that a clip must look real, fit its prompt and first
/// frame, and follow its trajectory. Each attention can be left out.
class AttentionHead {
 public:
  using Config = AttentionHeadConfig;

  /// Weights drawn from the context's seed. Throws InputError when taps or heads do not fit the generator.
  AttentionHead(const AttentionHeadConfig& config, const flashmotion::BuildContext& context);

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const;
  void set_training(bool on);
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const flashmotion::GeneratorSpec& spec) const;
  /// [B, taps]. Throws Error when the number of taps is another, or the control latent is missing where it is read.
  [[nodiscard]] flashmotion::Tensor logits(const flashmotion::HeadRequest& request);

 private:
  AttentionHeadConfig config_;
  std::shared_ptr<AttentionHeadNetwork> network_;
};

static_assert(flashmotion::DiscriminatorHead<AttentionHead>);

}  // namespace attention_head
