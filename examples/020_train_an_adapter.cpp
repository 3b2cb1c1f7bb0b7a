// Writes an adapter of one's own and trains it on a frozen generator, without a recipe and without a plugin: a stage is
// a template over concepts, and any class that fits is as good as the shipped ones.

#include "examples/tiny_world.hpp"
#include "flashmotion/objectives/diffusion.hpp"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace flashmotion::example {

/// Adds a linear map of the control latent to the generator's tokens, before its first block.
class LinearAdapter {
 public:
  explicit LinearAdapter(const GeneratorSpec& spec) : weight_(at::zeros({spec.latent_channels, spec.width})) {}

  [[nodiscard]] NamedTensors named_tensors() const { return {{"weight", weight_}}; }
  void set_training(bool /*on*/) {}
  [[nodiscard]] std::vector<Site> sites(const GeneratorSpec& /*spec*/) const {
    return {{SiteKind::patch_embedding, 0}};
  }
  [[nodiscard]] bool depends_on_noise() const { return false; }
  void initialise_from(const NamedTensors& /*generator*/) {}
  /// The weight starts at zero: a fresh adapter changes nothing.
  [[nodiscard]] SiteEdits edits(const AdapterRequest& request) const {
    const Tensor tokens = request.control.flatten(2).transpose(1, 2).matmul(weight_);  // [B, N, D]
    return {{{{SiteKind::patch_embedding, 0}, tokens}}};
  }

 private:
  Tensor weight_;
};
static_assert(Adapter<LinearAdapter>);

}  // namespace flashmotion::example

int main() {
  using namespace flashmotion;
  BatchSource data = example::tiny_data();
  const wan::DitGenerator generator(example::tiny_transformer(), 0);
  const example::LinearAdapter adapter(generator.spec());

  // An adapter learns from what its generator does, so the generator is trained first, a little.
  DenoisingSettings settings = example::tiny_training("generator", 60);
  const auto flow = [] { return ObjectiveStack({{"flow", AnyObjective(DiffusionLoss({})), ConstantWeight{1.0}, 1}}); };
  DenoisingStage<wan::DitGenerator, example::LinearAdapter> pretrain(settings, data, generator, std::nullopt, flow());
  double first = 0, last = 0;
  for (std::int64_t step = 0; step < settings.steps; ++step) {
    const double value = pretrain.step(step).terms.front().value.item<double>();
    if (step < 10) first += value / 10;
    if (step >= settings.steps - 10) last += value / 10;
  }
  fmt::print("generator: mean loss of the first ten steps {:.3f}, of the last ten {:.3f}\n", first, last);

  settings = example::tiny_training("adapter", 20);
  DenoisingStage<wan::DitGenerator, example::LinearAdapter> stage(settings, data, generator, adapter, flow());
  for (std::int64_t step = 0; step < settings.steps; ++step) {
    const StepReport report = stage.step(step);
    if (step % 5 == 0) {
      fmt::print("adapter: step {:2}: loss {:.3f}, gradient norm {:.3f}\n", step,
                 report.terms.front().value.item<double>(), report.gradient_norms.front().second.item<double>());
    }
  }
  const double moved = stage.roles().front()->parameters().front().tensor.abs().max().item<double>();
  fmt::print("largest weight of the adapter, which began at zero: {:.4f}\n", moved);
  return last < first && moved > 0 ? 0 : 1;
}
