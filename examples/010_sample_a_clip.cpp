// Samples a clip: a generator, a sampler and a condition. Nothing is trained, so the clip is noise that keeps its
// first frame; 020_train_an_adapter.cpp trains.

#include "examples/tiny_world.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/data/linear_codec.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/data/word_embedder.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/samplers/sample.hpp"
#include "flashmotion/wan/dit.hpp"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

int main() {
  using namespace flashmotion;
  const at::NoGradGuard no_grad;

  // Everything random comes from a seed and the name of what it is for.
  Rng rng(0, "example");
  const ToyMotion world;
  const ClipBatch clip = world.draw({.count = 1, .objects = 2}, rng);
  fmt::print("the clip shows: {}\n", clip.prompts.front());

  // Pixels become latents. The codec is fitted to clips, in closed form.
  const LinearCodec codec = LinearCodec::fit(world.draw({.count = 64}, rng).video);
  const Tensor clean = codec.encode(clip.video);  // [1, 48, 3, 8, 8]

  // The transformer of the Wan models, small.
  wan::DitGenerator generator(example::tiny_transformer(), 0);

  // What the clip is made from: a text and its first frame. There is no adapter, so AnyAdapter stands for none.
  const WordEmbedder text;
  const Condition condition{{text.embed(clip.prompts)}, {clean.narrow(2, 0, 1)}, {}};
  Conditioned<wan::DitGenerator, AnyAdapter> conditioned(generator, nullptr, condition);

  const FewStep sampler({.steps = 4, .shift = 3.0});
  const Tensor latent = sample(sampler, conditioned, rng.normal(clean.sizes()), rng,
                               [](std::size_t i, std::size_t of) { fmt::print("step {} of {}\n", i, of); });
  const Tensor video = codec.decode(latent).clamp(-1.0, 1.0);
  fmt::print("made {} frames of {}x{} pixels\n", video.size(2), video.size(4), video.size(3));

  const bool first_frame_kept = latent.narrow(2, 0, 1).equal(clean.narrow(2, 0, 1));
  return first_frame_kept && video.isfinite().all().item<bool>() ? 0 : 1;
}
