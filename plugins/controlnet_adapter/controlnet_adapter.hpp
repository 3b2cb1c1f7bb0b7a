#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace controlnet_adapter {

struct ControlNetConfig {
  std::int64_t stride = 1;

  static void fields(auto& f, auto& c) {
    f("stride", c.stride, flashmotion::Range{1, 64}, "copies every so many-th block of the generator, from block 0");
  }
};

class ControlNetwork;

/// A copy of the generator's embeddings and of every `stride`-th block reads the noisy latent together with the
/// control latent; zero-initialised projections add what each copied block gives to the tokens after its original
/// (Zhang et al. 2023, ControlNet).
class ControlNet {
 public:
  using Config = ControlNetConfig;

  /// Weights drawn from the context's seed, to be replaced by `initialise_from`.
  ControlNet(const ControlNetConfig& config, const flashmotion::BuildContext& context);

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const;
  void set_training(bool on);
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const;
  [[nodiscard]] bool depends_on_noise() const { return true; }
  /// Copies the embeddings and the copied blocks. Throws Error, and changes nothing, when a tensor is missing or has
  /// another shape.
  void initialise_from(const flashmotion::NamedTensors& generator);
  /// Reads latent, sigma, text and control. Throws Error when control is not defined.
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request);

 private:
  std::int64_t stride_;
  std::shared_ptr<ControlNetwork> network_;
};

static_assert(flashmotion::Adapter<ControlNet>);

}  // namespace controlnet_adapter
