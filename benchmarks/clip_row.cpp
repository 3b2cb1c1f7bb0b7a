#include "benchmarks/networks.hpp"
#include "benchmarks/row.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/samplers/sample.hpp"
#include "flashmotion/samplers/unipc.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace benchmarks {
namespace {

using flashmotion::AnyAdapter;
using flashmotion::SafetensorsFile;
using flashmotion::wan::DitGenerator;

constexpr std::int64_t kSteps = 4;

// A whole clip: text, denoising, pixels.
class ClipRow final : public Row {
 public:
  explicit ClipRow(const RowOptions& options)
      : text_(load_text_encoder({options.folder / "text", options.dtype})),
        dit_(load_dit({options.folder / "dit", options.dtype})),
        vae_(load_vae({options.folder / "vae", options.dtype})),
        inputs_(options.folder / "inputs.safetensors"),
        dtype_(options.dtype) {}
  void run() override {
    const torch::NoGradGuard no_grad;
    flashmotion::Condition condition;
    condition.text.tokens = text_.encode({.ids = inputs_.tensor("ids"), .mask = inputs_.tensor("mask")}).zeroed;
    flashmotion::Conditioned<DitGenerator, AnyAdapter> network(dit_, nullptr, condition);
    const flashmotion::Unipc sampler({.steps = kSteps, .grid = flashmotion::SigmaGrid::diffusers});
    flashmotion::Rng rng(0, "clip");
    const Tensor latent = flashmotion::sample(sampler, network, inputs_.tensor("noise"), rng);
    result_ = vae_.decode_raw(latent.to(dtype_));
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"result", result_.to(torch::kFloat)}}; }

 private:
  flashmotion::wan::Umt5Encoder text_;
  DitGenerator dit_;
  flashmotion::wan::Vae vae_;
  SafetensorsFile inputs_;
  at::ScalarType dtype_;
  Tensor result_;
};

}  // namespace

std::unique_ptr<Row> make_clip_row(const RowOptions& options) { return std::make_unique<ClipRow>(options); }

}  // namespace benchmarks
