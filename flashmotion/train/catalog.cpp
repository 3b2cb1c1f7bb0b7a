#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/plugin/part.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/train/recipe.hpp"

namespace flashmotion {

Catalog builtin_catalog() {
  Catalog catalog;
  catalog.objectives.add(objective<DiffusionLoss>("diffusion", "mean square error of velocity or clean latent"));
  catalog.objectives.add(
      objective<DistributionMatching>("distribution_matching", "DMD: along real score minus fake score"));
  catalog.objectives.add(objective<AdversarialLoss>("adversarial", "softplus GAN, the generator's side"));
  catalog.objectives.add(objective<DiscriminatorLoss>("discriminator", "softplus GAN, the discriminator's side"));
  catalog.samplers.add(sampler<Euler>("euler", "Euler steps along the probability flow"));
  catalog.samplers.add(sampler<FewStep>("few_step", "clean estimate and fresh noise, for distilled generators"));
  return catalog;
}

}  // namespace flashmotion
