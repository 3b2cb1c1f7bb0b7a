#include "flashmotion/train/sampling.hpp"

#include "flashmotion/samplers/few_step.hpp"
#include "tests/support/compare.hpp"
#include "tests/train/tiny_world.hpp"

namespace sampling_test {

using flashmotion::AnyGenerator;
using flashmotion::ControlKind;
using flashmotion::FewStep;
using flashmotion::GuidedSampler;
using flashmotion::SampledClips;
using flashmotion::Tensor;
using tiny_world::TinyGenerator;

// Adds the mean of its text to the velocity of another generator.
struct Reader {
  TinyGenerator inner{};
  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return inner.named_tensors(); }
  void set_training(bool on) { inner.set_training(on); }
  [[nodiscard]] flashmotion::GeneratorSpec spec() const { return inner.spec(); }
  [[nodiscard]] flashmotion::DenoiseResult denoise(const flashmotion::DenoiseRequest& request) {
    flashmotion::DenoiseResult result = inner.denoise(request);
    result.prediction = result.prediction + request.text.tokens.mean({1, 2}).view({-1, 1, 1, 1, 1});
    return result;
  }
};
static_assert(flashmotion::Generator<Reader>);

SampledClips sample(double guidance) {
  const flashmotion::BatchSource world = tiny_world::data();
  const flashmotion::LatentBatch batch = world.draw("test", 0, 3, ControlKind::box);
  GuidedSampler sampler{flashmotion::AnySampler(FewStep({.steps = 4, .shift = 3.0})), {.scale = guidance}};
  if (sampler.guidance.active()) sampler.guidance.negative = world.negative_text(1);
  flashmotion::StopFlag stop;
  flashmotion::ProgressBar bar("test", 3, {.quiet = true});
  return flashmotion::sample_clips(AnyGenerator(Reader{}), std::nullopt, sampler, batch, 1, 2, stop, bar);
}

TEST_CASE("guided sampling takes two passes a step and another way", "[train][passes]") {
  const SampledClips plain = sample(1.0), guided = sample(3.0);
  CHECK(plain.passes_per_clip == 4);
  CHECK(guided.passes_per_clip == 8);
  CHECK(guided.latents.sizes() == plain.latents.sizes());
  CHECK_FALSE(guided.latents.equal(plain.latents));
  CHECK_THAT(sample(3.0).latents, compare::equal_to(guided.latents));
}

}  // namespace sampling_test
