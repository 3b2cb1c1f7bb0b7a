#pragma once

#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/types.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/plugin/plugin_support.hpp"
#include "tests/support/compare.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// A generator of the toy recipes' kind, smaller still, and whole requests for what works with it.

namespace toy_requests {

using flashmotion::Rng;
using flashmotion::Tensor;

constexpr std::int64_t kClips = 2;
constexpr flashmotion::Grid kGrid{3, 4, 4};

inline flashmotion::wan::DitConfig config() {
  flashmotion::wan::DitConfig c;
  c.latent_channels = 6;
  c.width = 32;
  c.heads = 4;
  c.blocks = 4;
  c.ffn_width = 48;
  c.text_width = 10;
  c.frequency_width = 16;
  c.patch = {1, 1, 1};
  return c;
}

inline flashmotion::BuildContext context(std::uint64_t seed = 3) {
  flashmotion::BuildContext context;
  context.generator = flashmotion::wan::DitGenerator(config(), 1).spec();
  context.seed = seed;
  return context;
}

inline Tensor latent(const char* name) {
  return Rng(1, name).normal({kClips, 6, kGrid.frames, kGrid.height, kGrid.width});
}

inline flashmotion::AdapterRequest adapter_request() {
  flashmotion::AdapterRequest request;
  request.latent = latent("latent");
  request.sigma = torch::tensor({0.3F, 0.8F});
  request.text.tokens = Rng(1, "text").normal({kClips, 5, 10});
  request.control = latent("control");
  return request;
}

inline flashmotion::HeadRequest head_request(std::int64_t taps) {
  flashmotion::HeadRequest request;
  for (std::int64_t i = 0; i < taps; ++i) {
    request.taps.push_back(Rng(1, "tap", static_cast<std::uint64_t>(i)).normal({kClips, kGrid.tokens(), 32}));
  }
  request.grid = kGrid;
  request.sigma = torch::tensor({0.3F, 0.8F});
  request.text.tokens = Rng(1, "text").normal({kClips, 5, 10});
  request.control = latent("control");
  return request;
}

#ifdef FLASHMOTION_TEST_PLUGIN_DIR
/// Loads the built plugin that brings a component and makes it from a table, `use = "NAME"` and its keys.
template <class I>
std::shared_ptr<I> load(const std::string& table, const flashmotion::BuildContext& context) {
  flashmotion::Catalog catalog;
  flashmotion::PluginHost host({.files = {}, .folders = {FLASHMOTION_TEST_PLUGIN_DIR}});
  const plugin_support::Recipe recipe(table);
  const flashmotion::ComponentNode component = recipe.component();
  REQUIRE(host.provide(flashmotion::kKindOf<I>, component.use, catalog));
  return flashmotion::registry_of<I>(catalog).make(component, context);
}
#endif

}  // namespace toy_requests
