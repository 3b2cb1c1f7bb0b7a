#pragma once

#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace conv_head {

struct ConvHeadConfig {
  std::vector<std::int64_t> taps{0, 1, 3};
  std::int64_t width = 64;
  std::int64_t scales = 2;
  bool trajectory = true;

  static void fields(auto& f, auto& c) {
    using flashmotion::Range;
    f("taps", c.taps, Range{0, 1023}, "generator blocks to read, rising; empty takes the ends of the three thirds");
    f("width", c.width, Range{1, 4096}, "channels of the convolutions");
    f("scales", c.scales, Range{1, 8}, "scales, each half the one before; each gives a logit");
    f("trajectory", c.trajectory, "also read the control latent");
  }
};

class ConvHeadNetwork;

/// Convolutional discriminator: at each tap the tokens, as an image a frame, are narrowed, halved once a scale and
/// mixed over neighbouring frames; every scale's mean gives a logit. Cheaper than attention and blind to the text.
class ConvHead {
 public:
  using Config = ConvHeadConfig;

  /// Weights drawn from the context's seed. Throws InputError when the taps do not fit the generator.
  ConvHead(const ConvHeadConfig& config, const flashmotion::BuildContext& context);

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const;
  void set_training(bool on);
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const flashmotion::GeneratorSpec& spec) const;
  /// [B, taps * scales]. Throws Error when the number of taps is another, or the control latent is missing where it is
  /// read.
  [[nodiscard]] flashmotion::Tensor logits(const flashmotion::HeadRequest& request);

 private:
  ConvHeadConfig config_;
  std::shared_ptr<ConvHeadNetwork> network_;
};

static_assert(flashmotion::DiscriminatorHead<ConvHead>);

}  // namespace conv_head
