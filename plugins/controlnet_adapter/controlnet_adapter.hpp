#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace controlnet_adapter {

/// Whose weights are copied from a generator of two experts.
enum class Expert { high_noise, low_noise };

struct ControlNetConfig {
  std::int64_t stride = 1;
  Expert expert = Expert::high_noise;

  static void fields(auto& f, auto& c) {
    f("stride", c.stride, flashmotion::Range{1, 64}, "copies every so many-th block of the generator, from block 0");
    f("expert", c.expert, flashmotion::Choices<Expert>{}, "which one is copied of a generator of two experts");
  }
};

class ControlNetwork;

/// A copy of the generator's embeddings and of every `stride`-th block reads the noisy latent together with the
/// control latent; zero-initialised projections add what each copied block gives to the tokens after its original
/// (Zhang et al. 2023, ControlNet).
class ControlNet {
 public:
  using Config = ControlNetConfig;

  /// Weights drawn from the context's seed, to be replaced by `initialise_from`; without memory when they are deferred.
  ControlNet(const ControlNetConfig& config, const flashmotion::BuildContext& context,
             flashmotion::nn::Storage storage = flashmotion::nn::Storage::owned);

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const;
  void set_training(bool on);
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const;
  [[nodiscard]] bool depends_on_noise() const { return true; }
  /// Copies the embeddings and the copied blocks, from `high_noise_model.` or `low_noise_model.` when the generator has
  /// two experts. Throws Error, and changes nothing, when a tensor is missing or has another shape.
  void initialise_from(const flashmotion::NamedTensors& generator);
  /// Reads latent, sigma, text and control. Throws Error when control is not defined.
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request);

 private:
  ControlNetConfig config_;
  std::shared_ptr<ControlNetwork> network_;
};

static_assert(flashmotion::Adapter<ControlNet>);

}  // namespace controlnet_adapter

template <>
struct flashmotion::EnumNames<controlnet_adapter::Expert> {
  static constexpr std::array values{std::pair{controlnet_adapter::Expert::high_noise, std::string_view("high_noise")},
                                     std::pair{controlnet_adapter::Expert::low_noise, std::string_view("low_noise")}};
};
