#include "flashmotion/base/error.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/any/any_generator.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/samplers/sample.hpp"
#include "flashmotion/timing/workload.hpp"
#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/optimiser.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/vae.hpp"

#include <torch/torch.h>

#include <chrono>
#include <memory>
#include <optional>

namespace flashmotion::timing {
namespace transformer_workloads {

Tensor random(at::IntArrayRef shape, const WorkloadOptions& options, at::ScalarType dtype) {
  return at::randn(shape, at::TensorOptions().device(options.device).dtype(dtype));
}

// A generator with random weights, an adapter when one is asked for, and one clip's condition.
class Scene {
 public:
  Scene(const WorkloadOptions& options, const Catalog& catalog, at::ScalarType adapter_type)
      : options_(options), dit_(make(options)), generator_(dit_) {
    const GeneratorSpec spec = generator_.spec();
    condition_.text.tokens = random({1, options.prompt, spec.text_width}, options, options.dtype);
    auto picture = options.latent();
    picture[2] = 1;
    if (options.first_frame) condition_.image.first_frame = random(picture, options, at::kFloat);
    if (spec.condition_channels > 0) {
      auto channels = options.latent();
      channels[1] = spec.condition_channels;
      condition_.image.channels = random(channels, options, options.dtype);
    }
    if (spec.image_width > 0) condition_.image.tokens = random({1, 257, spec.image_width}, options, options.dtype);
    if (options.adapter.empty()) return;
    condition_.control = random(options.latent(), options, adapter_type);
    BuildContext context;
    context.device = options.device;
    context.dtype = options.dtype;
    context.generator = spec;
    ComponentNode node;
    node.use = options.adapter;
    adapter_ = AnyAdapter(catalog.adapters.make(node, context));
    fill_(adapter_.named_tensors(), options.device, adapter_type, options.seed);
    adapter_.set_training(adapter_type == at::kFloat);
  }

  /// Stores the blocks in the format and at the place that are asked for. Returns how far a pass then is from the one
  /// with plain weights, as a relative root mean square; nothing when they stay as they are.
  std::optional<double> store_blocks() {
    const std::int64_t blocks = options_.model.dit.blocks, resident = options_.resident.value_or(blocks);
    if (options_.format == nn::WeightFormat::plain && resident >= blocks) return std::nullopt;
    const at::NoGradGuard no_grad;
    const Tensor latent = noise(), level = at::full({1}, 0.7, latent.options());
    const auto velocity = [&] {
      Conditioned<AnyGenerator, AnyAdapter> network(generator_, adapter(), condition_);
      return network.velocity(latent, level).to(at::kFloat);
    };
    const Tensor plain = velocity();
    auto stream = std::make_shared<nn::BlockStream>(
        blocks, nn::BlockStreamOptions{options_.device, options_.dtype, options_.format, resident});
    for (const auto& [name, tensor] : dit_.named_tensors())
      if (const std::int64_t block = nn::BlockStream::block_of(name, tensor); block >= 0)
        stream->add(block, tensor, {});
    dit_.stream_blocks(std::move(stream));
    return ((velocity() - plain).norm() / plain.norm()).item<double>();
  }

  [[nodiscard]] AnyGenerator& generator() { return generator_; }
  [[nodiscard]] AnyAdapter* adapter() { return adapter_ ? &adapter_ : nullptr; }
  [[nodiscard]] const Condition& condition() const { return condition_; }
  [[nodiscard]] Tensor noise() const { return random(options_.latent(), options_, at::kFloat); }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const {
    std::vector<std::pair<std::string, std::int64_t>> counts{{"transformer", count(generator_.named_tensors())}};
    if (adapter_) counts.emplace_back("adapter", count(adapter_.named_tensors()));
    return counts;
  }

 private:
  static wan::DitGenerator make(const WorkloadOptions& options) {
    wan::DitGenerator dit(options.model.dit, nn::Storage::deferred);
    fill_(dit.named_tensors(), options.device, options.dtype, options.seed);
    for (const auto& item : dit.named_tensors()) Tensor(item.tensor).requires_grad_(false);
    return dit;
  }

  WorkloadOptions options_;
  wan::DitGenerator dit_;
  AnyGenerator generator_;  // the same network
  AnyAdapter adapter_;
  Condition condition_;
};

class Forward final : public Workload {
 public:
  Forward(const WorkloadOptions& options, const Catalog& catalog)
      : scene_(options, catalog, options.dtype), noise_(scene_.noise()), level_(at::full({1}, 0.7, noise_.options())) {
    error_ = scene_.store_blocks();
  }
  void run() override {
    const at::NoGradGuard no_grad;
    Conditioned<AnyGenerator, AnyAdapter> network(scene_.generator(), scene_.adapter(), scene_.condition());
    result_ = network.velocity(noise_, level_);
  }
  [[nodiscard]] Parts figures() const override { return error_ ? Parts{{"error", *error_}} : Parts{}; }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override {
    return scene_.parameters();
  }

 private:
  Scene scene_;
  Tensor noise_, level_, result_;
  std::optional<double> error_;
};

class Generate final : public Workload {
 public:
  Generate(const WorkloadOptions& options, const Catalog& catalog)
      : options_(options),
        scene_(options, catalog, options.dtype),
        vae_(options.model.dit.latent_channels == 16 ? wan::vae21() : wan::vae22(), nn::Storage::deferred) {
    fill_(vae_.named_tensors(), options.device, options.dtype, options.seed);
    error_ = scene_.store_blocks();
  }
  [[nodiscard]] Parts figures() const override { return error_ ? Parts{{"error", *error_}} : Parts{}; }
  void run() override {
    const at::NoGradGuard no_grad;
    parts_.clear();
    began_ = std::chrono::steady_clock::now();
    Conditioned<AnyGenerator, AnyAdapter> network(scene_.generator(), scene_.adapter(), scene_.condition());
    Rng rng(options_.seed, "bench");
    const Tensor noise = rng.normal(options_.latent()).to(options_.device);
    const FewStep sampler({.steps = options_.steps});
    const Tensor latent = sample(sampler, network, noise, rng);
    mark("denoise");
    wan::VaeDecodeStream stream = vae_.decode_stream();
    for (std::int64_t t = 0; t < latent.size(2); ++t) {
      // As a clip is written: eight-bit pixels of a few frames at a time, on the host.
      const Tensor pixels = stream.push(latent.narrow(2, t, 1).to(options_.dtype));
      frames_ = pixels.add(1).mul_(127.5).round_().to(at::kByte).to(at::kCPU);
    }
    mark("decode");
  }
  [[nodiscard]] Parts parts() const override { return parts_; }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override {
    auto counts = scene_.parameters();
    counts.emplace_back("autoencoder", count(vae_.named_tensors()));
    return counts;
  }

 private:
  void mark(const char* part) {
    synchronise(options_.device);
    const auto now = std::chrono::steady_clock::now();
    parts_.emplace_back(part, std::chrono::duration<double>(now - began_).count());
    began_ = now;
  }

  WorkloadOptions options_;
  Scene scene_;
  wan::Vae vae_;
  Parts parts_;
  std::chrono::steady_clock::time_point began_;
  Tensor frames_;
  std::optional<double> error_;
};

class Train final : public Workload {
 public:
  Train(const WorkloadOptions& options, const Catalog& catalog)
      : scene_(options, catalog, at::kFloat), clean_(scene_.noise()), noise_(scene_.noise()) {
    if (scene_.adapter() == nullptr) throw InputError("'train' trains an adapter: give --adapter one");
    const NamedTensors parameters = scene_.adapter()->named_tensors();
    for (const auto& item : parameters) Tensor(item.tensor).requires_grad_(true);
    optimiser_.emplace(OptimiserConfig{}, parameters);
  }
  void run() override {
    DenoisingSource<AnyGenerator, AnyAdapter> source(scene_.generator(), scene_.adapter(), scene_.condition(), clean_,
                                                     noise_, at::full({1}, 0.7, clean_.options()));
    optimiser_->clear_gradients();
    const DiffusionLoss objective({});
    objective(StepView(source, objective.needs(), 0)).value.backward();
    optimiser_->step(1.0);
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override {
    return scene_.parameters();
  }

 private:
  Scene scene_;
  Tensor clean_, noise_;
  std::optional<Optimiser> optimiser_;
};

}  // namespace transformer_workloads

std::unique_ptr<Workload> make_forward(const WorkloadOptions& options, const Catalog& catalog) {
  return std::make_unique<transformer_workloads::Forward>(options, catalog);
}
std::unique_ptr<Workload> make_generate(const WorkloadOptions& options, const Catalog& catalog) {
  return std::make_unique<transformer_workloads::Generate>(options, catalog);
}
std::unique_ptr<Workload> make_train(const WorkloadOptions& options, const Catalog& catalog) {
  return std::make_unique<transformer_workloads::Train>(options, catalog);
}

}  // namespace flashmotion::timing
