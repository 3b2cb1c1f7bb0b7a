#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <array>

#include <cstdint>

namespace bias_adapter {

using flashmotion::Tensor;

struct Config {
  std::int64_t block = 0;

  static void fields(auto& f, auto& c) {
    f("block", c.block, flashmotion::Range{0, 1000}, "block of the generator after which it acts");
  }
};

/// The smallest adapter: where the control latent is bright, a learnt vector is added to the tokens after one block.
class BiasAdapter {
 public:
  using Config = bias_adapter::Config;

  BiasAdapter(const Config& config, const flashmotion::BuildContext& context)
      : site_{flashmotion::SiteKind::after_block, config.block},
        patch_(context.generator.patch),
        vector_(at::zeros({context.generator.width}, context.device).set_requires_grad(true)) {}

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {{"vector", vector_}}; }
  void set_training(bool /*on*/) {}
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& /*spec*/) const {
    return {site_};
  }
  [[nodiscard]] bool depends_on_noise() const { return false; }
  void initialise_from(const flashmotion::NamedTensors& /*generator*/) {}
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request) const {
    // [B, C, T, H, W] to the mean of each patch, [B, N, 1].
    const Tensor light = request.control.mean(1, true)
                             .unflatten(4, {-1, patch_[2]})
                             .unflatten(3, {-1, patch_[1]})
                             .unflatten(2, {-1, patch_[0]})
                             .mean({3, 5, 7})
                             .flatten(2)
                             .transpose(1, 2);
    flashmotion::SiteEdits edits;
    edits.add.push_back({site_, light * vector_});
    return edits;
  }

 private:
  flashmotion::Site site_;
  std::array<std::int64_t, 3> patch_;
  Tensor vector_;
};
static_assert(flashmotion::Adapter<BiasAdapter>);

}  // namespace bias_adapter
