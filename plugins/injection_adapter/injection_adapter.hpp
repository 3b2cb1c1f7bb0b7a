#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace injection_adapter {

struct InjectionConfig {
  std::int64_t width = 96;
  std::int64_t blocks = 3;

  static void fields(auto& f, auto& c) {
    f("width", c.width, flashmotion::Range{1, 4096}, "channels of the residual blocks");
    f("blocks", c.blocks, flashmotion::Range{0, 64}, "residual blocks, two 3x3 convolutions each");
  }
};

class InjectionNetwork;

/// Light adapter: residual blocks read the control latent, frame by frame, and one zero-initialised projection a
/// generator block adds their features to the tokens after that block. It never looks at the noisy latent, so it runs
/// once a clip.
class InjectionAdapter {
 public:
  using Config = InjectionConfig;

  /// Weights drawn from the context's seed.
  InjectionAdapter(const InjectionConfig& config, const flashmotion::BuildContext& context);

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const;
  void set_training(bool on);
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const;
  [[nodiscard]] bool depends_on_noise() const { return false; }
  /// Takes nothing over.
  void initialise_from(const flashmotion::NamedTensors& generator);
  /// Reads `request.control` only. Throws Error when it is not defined.
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request);

 private:
  std::shared_ptr<InjectionNetwork> network_;
};

static_assert(flashmotion::Adapter<InjectionAdapter>);

}  // namespace injection_adapter
