#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/reader.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lora_control_adapter {

/// Which attentions of the generator meet keys and values of the trajectory.
enum class TrajectoryKeys {
  none,
  self,   // keys are rotated by their place, as the video's own: a token finds the control at its place
  cross,  // keys have no place: a token finds the control by what it is
};

struct LoraControlConfig {
  std::int64_t rank = 8;
  double scale = 1.0;
  std::vector<std::string> linears{"self_attn.q", "self_attn.k", "self_attn.v", "self_attn.o"};
  TrajectoryKeys keys = TrajectoryKeys::self;
  std::int64_t width = 64;
  std::int64_t stride = 1;

  static void fields(auto& f, auto& c) {
    using flashmotion::Range;
    f("rank", c.rank, Range{1, 4096}, "rank of the deltas");
    f("scale", c.scale, Range{0.0, 100.0}, "factor of the deltas");
    f("linears", c.linears, "linear layers with a delta, by the end of their names, in every block; empty: none");
    f("keys", c.keys, flashmotion::Choices<TrajectoryKeys>{}, "attentions that meet keys and values of the trajectory");
    f("width", c.width, Range{1, 4096}, "channels that the control latent is embedded to");
    f("stride", c.stride, Range{1, 64}, "keys and values for every so many-th block, from block 0");
  }
  void validate(flashmotion::Check& check) const;
};

class LoraControlNetwork;

/// Low-rank deltas of named linear layers (LoRA, Hu et al. 2021) together with keys and values that the generator's
/// attentions meet beside their own, made from the control latent. `up` and the values start at zero. It does not see
/// the noise.
class LoraControl {
 public:
  using Config = LoraControlConfig;

  /// Weights drawn from the context's seed. Throws InputError when 'linears' names no layer of the generator, or the
  /// generator takes no keys and values.
  LoraControl(const LoraControlConfig& config, const flashmotion::BuildContext& context);

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const;
  void set_training(bool on);
  /// The attentions that it gives keys and values to.
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& spec) const;
  [[nodiscard]] bool depends_on_noise() const { return false; }
  /// Takes nothing over.
  void initialise_from(const flashmotion::NamedTensors& generator);
  /// Reads `request.control` only. Throws Error when it is not defined and keys are wanted.
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request);

 private:
  LoraControlConfig config_;
  std::shared_ptr<LoraControlNetwork> network_;
};

static_assert(flashmotion::Adapter<LoraControl>);

}  // namespace lora_control_adapter

template <>
struct flashmotion::EnumNames<lora_control_adapter::TrajectoryKeys> {
  static constexpr std::array values{std::pair{lora_control_adapter::TrajectoryKeys::none, std::string_view("none")},
                                     std::pair{lora_control_adapter::TrajectoryKeys::self, std::string_view("self")},
                                     std::pair{lora_control_adapter::TrajectoryKeys::cross, std::string_view("cross")}};
};
