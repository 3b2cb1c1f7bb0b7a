#include "flashmotion/train/sampling.hpp"

#include "flashmotion/samplers/sample.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>

namespace flashmotion {
namespace sampling_detail {

// Counts the passes of a generator.
struct Counting {
  AnyGenerator inner;
  std::int64_t* passes = nullptr;

  [[nodiscard]] NamedTensors named_tensors() const { return inner.named_tensors(); }
  void set_training(bool on) { inner.set_training(on); }
  [[nodiscard]] GeneratorSpec spec() const { return inner.spec(); }
  [[nodiscard]] DenoiseResult denoise(const DenoiseRequest& request) {
    ++*passes;
    return inner.denoise(request);
  }
};
static_assert(Generator<Counting>);

}  // namespace sampling_detail

SampledClips sample_clips(AnyGenerator generator, std::optional<AnyAdapter> adapter, const GuidedSampler& sampler,
                          const LatentBatch& batch, std::uint64_t seed, std::int64_t at_once, const StopFlag& stop,
                          ProgressBar& progress, const c10::Device& device) {
  const torch::NoGradGuard no_grad;
  const auto began = std::chrono::steady_clock::now();
  std::int64_t passes = 0;
  std::int64_t batches = 0;
  sampling_detail::Counting counting{std::move(generator), &passes};
  std::vector<Tensor> parts;
  const std::int64_t total = batch.clean.size(0);
  for (std::int64_t first = 0; first < total; first += at_once) {
    const std::int64_t count = std::min(at_once, total - first);
    const auto cut = [&](const Tensor& x) { return x.narrow(0, first, count).to(device); };
    Guidance guidance = sampler.guidance;
    if (guidance.active()) guidance.negative.tokens = guidance.negative.tokens.to(device).expand({count, -1, -1});
    Conditioned<sampling_detail::Counting, AnyAdapter> network(
        counting, adapter ? &*adapter : nullptr,
        {{cut(batch.condition.text.tokens)}, {cut(batch.condition.image.first_frame)}, cut(batch.condition.control)},
        std::move(guidance));
    std::vector<Tensor> noise;
    for (std::int64_t i = first; i < first + count; ++i) {
      noise.push_back(Rng(seed, "noise", static_cast<std::uint64_t>(i)).normal(batch.clean[i].sizes()));
    }
    Rng rng(seed, "renoise", static_cast<std::uint64_t>(first));
    parts.push_back(
        sample(sampler.sampler, network, torch::stack(noise).to(device), rng, [&](std::size_t, std::size_t) {
          stop.throw_if_stopped();
        }).cpu());
    ++batches;
    progress.advance(count);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return {torch::cat(parts), passes / std::max<std::int64_t>(1, batches), seconds};
}

}  // namespace flashmotion
