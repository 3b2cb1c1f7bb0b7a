#include "benchmarks/networks.hpp"
#include "benchmarks/row.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <torch/torch.h>

namespace benchmarks {
namespace {

using flashmotion::SafetensorsFile;

// Decodes a clip frame by frame.
class VaeRow final : public Row {
 public:
  explicit VaeRow(const RowOptions& options)
      : vae_(load_vae(options)),
        latent_(SafetensorsFile(options.folder / "inputs.safetensors").tensor("latent").to(options.dtype)) {}
  void run() override {
    const torch::NoGradGuard no_grad;
    result_ = vae_.decode_raw(latent_);
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", result_.to(torch::kFloat)}}; }

 private:
  flashmotion::wan::Vae vae_;
  Tensor latent_, result_;
};

// Encodes a prompt.
class TextRow final : public Row {
 public:
  explicit TextRow(const RowOptions& options)
      : encoder_(load_text_encoder(options)), inputs_(options.folder / "inputs.safetensors") {}
  void run() override {
    result_ = encoder_.encode({.ids = inputs_.tensor("ids"), .mask = inputs_.tensor("mask")}).zeroed;
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", result_.to(torch::kFloat)}}; }

 private:
  flashmotion::wan::Umt5Encoder encoder_;
  SafetensorsFile inputs_;
  Tensor result_;
};

}  // namespace

std::unique_ptr<Row> make_vae_row(const RowOptions& options) { return std::make_unique<VaeRow>(options); }
std::unique_ptr<Row> make_text_row(const RowOptions& options) { return std::make_unique<TextRow>(options); }

}  // namespace benchmarks
