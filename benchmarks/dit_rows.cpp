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
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <torch/torch.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace benchmarks {
namespace {

using flashmotion::SafetensorsFile;

// What Diffusers keeps in float32 when it loads a transformer in bfloat16.
bool stays_float32(std::string_view name) {
  return name.find(".norm3.") != std::string_view::npos || name.find("time_embedding.") != std::string_view::npos ||
         name.find("modulation") != std::string_view::npos;
}

flashmotion::wan::DitGenerator load(const RowOptions& options) {
  const auto checkpoint = flashmotion::wan::open_checkpoint(options.folder / "model.safetensors");
  const auto& stored = checkpoint.components.front();
  flashmotion::wan::DitConfig config = flashmotion::wan::dit_config(stored);
  const bool half = options.dtype == torch::kBFloat16;
  config.regime = half ? flashmotion::Regime::diffusers_bf16 : flashmotion::Regime::fp32;
  flashmotion::wan::DitGenerator dit(config, flashmotion::nn::Storage::deferred);
  flashmotion::wan::install(stored, dit.named_tensors());
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : dit.named_tensors()) {
    tensor.requires_grad_(false);
    tensor.set_data(half && !stays_float32(name) ? tensor.to(torch::kBFloat16) : tensor.clone());
  }
  return dit;
}

// One pass of the transformer.
class DitRow final : public Row {
 public:
  DitRow(const RowOptions& options, bool image) : dit_(load(options)), inputs_(options.folder / "inputs.safetensors") {
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
      : dit_(flashmotion::AnyGenerator(load(options))), inputs_(options.folder / "inputs.safetensors") {
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
