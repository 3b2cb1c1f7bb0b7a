#include "benchmarks/networks.hpp"
#include "benchmarks/row.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/optimiser.hpp"
#include "flashmotion/train/recipe.hpp"

#include <torch/torch.h>

#include <optional>
#include <utility>
#include <vector>

namespace benchmarks {
namespace {

using flashmotion::SafetensorsFile;

// One pass of the transformer.
class DitRow final : public Row {
 public:
  DitRow(const RowOptions& options, bool image)
      : dit_(load_dit(options)), inputs_(options.folder / "inputs.safetensors") {
    request_.latent = inputs_.tensor("latent").to(options.dtype);
    request_.text.tokens = inputs_.tensor("text").to(options.dtype);
    request_.sigma = inputs_.tensor("sigma");
    if (image) {
      const std::int64_t frames = request_.latent.size(2);
      request_.sigma = request_.sigma.unsqueeze(1).repeat({1, frames});
      request_.sigma.select(1, 0).zero_();
    }
  }
  void run() override {
    const torch::NoGradGuard no_grad;
    result_ = dit_.denoise(request_).prediction;
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", result_.to(torch::kFloat)}}; }

 private:
  flashmotion::wan::DitGenerator dit_;
  SafetensorsFile inputs_;
  flashmotion::DenoiseRequest request_;
  Tensor result_;
};

// Steps of the injection adapter on the frozen transformer.
class TrainRow final : public Row {
 public:
  explicit TrainRow(const RowOptions& options)
      : dit_(flashmotion::AnyGenerator(load_dit(options))), inputs_(options.folder / "inputs.safetensors") {
    flashmotion::Catalog catalog = flashmotion::builtin_catalog();
    flashmotion::PluginHost host({{}, flashmotion::standard_plugin_folders()});
    if (!host.provide(flashmotion::ComponentKind::adapter, "injection", catalog)) {
      throw flashmotion::InputError("the plugin injection_adapter is not there; build it");
    }
    flashmotion::BuildContext context;
    context.generator = dit_.spec();
    flashmotion::ComponentNode node;
    node.use = "injection";
    adapter_ = flashmotion::AnyAdapter(catalog.adapters.make(node, context));
    const NamedTensors parameters = adapter_.named_tensors();
    load_into(SafetensorsFile(options.folder / "adapter.safetensors"), parameters);
    for (const auto& item : parameters) item.tensor.requires_grad_(true);
    optimiser_.emplace(flashmotion::OptimiserConfig{}, parameters);
    condition_.text.tokens = inputs_.tensor("text");
    condition_.control = inputs_.tensor("control");
  }
  void run() override {
    flashmotion::DenoisingSource<flashmotion::AnyGenerator, flashmotion::AnyAdapter> source(
        dit_, &adapter_, condition_, inputs_.tensor("latent"), inputs_.tensor("noise"), inputs_.tensor("sigma"));
    optimiser_->clear_gradients();
    const flashmotion::DiffusionLoss objective({});
    const Tensor loss = objective(flashmotion::StepView(source, objective.needs(), 0)).value;
    loss.backward();
    optimiser_->step(1.0);
    losses_.push_back(loss.detach().view(1));
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", torch::cat(losses_)}}; }

 private:
  flashmotion::AnyGenerator dit_;
  SafetensorsFile inputs_;
  flashmotion::AnyAdapter adapter_;
  std::optional<flashmotion::Optimiser> optimiser_;
  flashmotion::Condition condition_;
  std::vector<Tensor> losses_;
};

}  // namespace

std::unique_ptr<Row> make_dit_row(const RowOptions& options) { return std::make_unique<DitRow>(options, false); }
std::unique_ptr<Row> make_dit_image_row(const RowOptions& options) { return std::make_unique<DitRow>(options, true); }
std::unique_ptr<Row> make_train_row(const RowOptions& options) { return std::make_unique<TrainRow>(options); }

}  // namespace benchmarks
