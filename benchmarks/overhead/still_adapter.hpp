#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/ops/zeros.h>

#include <cstdint>

namespace still_adapter {

struct Config {
  std::int64_t tokens = 1;

  static void fields(auto& f, auto& c) { f("tokens", c.tokens, flashmotion::AtLeast{1}, "tokens of each edit"); }
};

/// Gives the same tokens after each block and computes nothing, so that what is timed is the call.
class StillAdapter {
 public:
  using Config = still_adapter::Config;

  StillAdapter(const Config& config, const flashmotion::BuildContext& context)
      : blocks_(context.generator.blocks), tokens_(at::zeros({1, config.tokens, context.generator.width})) {}

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {{"tokens", tokens_}}; }
  void set_training(bool /*on*/) {}
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const {
    return spec.sites;
  }
  [[nodiscard]] bool depends_on_noise() const { return false; }
  void initialise_from(const flashmotion::NamedTensors& /*generator*/) {}
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& /*request*/) const {
    flashmotion::SiteEdits edits;
    for (std::int64_t i = 0; i < blocks_; ++i) edits.add.push_back({{flashmotion::SiteKind::after_block, i}, tokens_});
    return edits;
  }

 private:
  std::int64_t blocks_;
  flashmotion::Tensor tokens_;
};
static_assert(flashmotion::Adapter<StillAdapter>);

}  // namespace still_adapter
