#include "benchmarks/row.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae.hpp"

#include <torch/torch.h>

namespace benchmarks {
namespace {

using flashmotion::SafetensorsFile;
using flashmotion::nn::Storage;

// Weights in memory of their own, in the row's type.
void install(const flashmotion::wan::CheckpointComponent& stored, const NamedTensors& targets, at::ScalarType dtype) {
  flashmotion::wan::install(stored, targets, {.dtype = dtype});
  const torch::NoGradGuard no_grad;
  for (const auto& target : targets) target.tensor.set_data(target.tensor.clone());
}

// Decodes a clip frame by frame.
class VaeRow final : public Row {
 public:
  explicit VaeRow(const RowOptions& options)
      : checkpoint_(flashmotion::wan::open_checkpoint(options.folder / "model.safetensors")),
        vae_(flashmotion::wan::vae_config(checkpoint_.components.front()), Storage::deferred),
        latent_(SafetensorsFile(options.folder / "inputs.safetensors").tensor("latent").to(options.dtype)) {
    install(checkpoint_.components.front(), vae_.named_tensors(), options.dtype);
    checkpoint_.components.clear();
  }
  void run() override {
    const torch::NoGradGuard no_grad;
    result_ = vae_.decode_raw(latent_);
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", result_.to(torch::kFloat)}}; }

 private:
  flashmotion::wan::Checkpoint checkpoint_;
  flashmotion::wan::Vae vae_;
  Tensor latent_, result_;
};

// Encodes a prompt.
class TextRow final : public Row {
 public:
  explicit TextRow(const RowOptions& options)
      : checkpoint_(flashmotion::wan::open_checkpoint(options.folder / "model.safetensors")),
        encoder_(flashmotion::wan::umt5_config(checkpoint_.components.front()), Storage::deferred),
        inputs_(options.folder / "inputs.safetensors") {
    install(checkpoint_.components.front(), encoder_.named_tensors(), options.dtype);
    checkpoint_.components.clear();
  }
  void run() override {
    result_ = encoder_.encode({.ids = inputs_.tensor("ids"), .mask = inputs_.tensor("mask")}).zeroed;
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", result_.to(torch::kFloat)}}; }

 private:
  flashmotion::wan::Checkpoint checkpoint_;
  flashmotion::wan::Umt5Encoder encoder_;
  SafetensorsFile inputs_;
  Tensor result_;
};

}  // namespace

std::unique_ptr<Row> make_vae_row(const RowOptions& options) { return std::make_unique<VaeRow>(options); }
std::unique_ptr<Row> make_text_row(const RowOptions& options) { return std::make_unique<TextRow>(options); }

}  // namespace benchmarks
