#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/objectives/feature_matching.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/objectives/lcm.hpp"
#include "flashmotion/objectives/mask_prediction.hpp"
#include "flashmotion/objectives/score_identity.hpp"
#include "flashmotion/objectives/weight_schedule.hpp"
#include "flashmotion/plugin/part.hpp"
#include "flashmotion/samplers/dpmpp.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/samplers/unipc.hpp"
#include "flashmotion/train/recipe.hpp"
#include "flashmotion/trajectory/fill.hpp"

namespace flashmotion {

Catalog builtin_catalog() {
  Catalog catalog;
  catalog.objectives.add(objective<DiffusionLoss>("diffusion", "mean square error of velocity, clean latent or noise"));
  catalog.objectives.add(
      objective<DistributionMatching>("distribution_matching", "DMD: along real score minus fake score"));
  catalog.objectives.add(objective<AdversarialLoss>("adversarial", "softplus GAN, the generator's side"));
  catalog.objectives.add(objective<DiscriminatorLoss>("discriminator", "softplus GAN, the discriminator's side"));
  catalog.objectives.add(
      objective<FeatureMatching>("feature_matching", "distance of the discriminator's features, real and generated"));
  catalog.objectives.add(objective<GradientPenalty>("gradient_penalty", "R1 or R2 of the discriminator"));
  catalog.objectives.add(objective<Lcm>("lcm", "latent consistency: the same clean estimate along the teacher's flow"));
  catalog.objectives.add(
      objective<MaskPrediction>("mask_prediction", "the objects' mask, predicted from the generator's features"));
  catalog.objectives.add(objective<ScoreIdentity>("score_identity", "SiD: through both scores"));
  catalog.samplers.add(sampler<Dpmpp>("dpmpp", "DPM-Solver++ of order 2, multistep"));
  catalog.samplers.add(sampler<Euler>("euler", "Euler steps along the probability flow"));
  catalog.samplers.add(sampler<FewStep>("few_step", "clean estimate and fresh noise, for distilled generators"));
  catalog.samplers.add(sampler<Unipc>("unipc", "UniPC of order 2, Wan's default solver"));
  catalog.schedules.add(schedule<ConstantWeight>("constant", "the same weight at every step"));
  catalog.schedules.add(schedule<CosineWeight>("cosine", "from one weight to another along half a cosine"));
  catalog.schedules.add(schedule<InverseWeight>("inverse", "scale / (a step + b), the paper's falling weight"));
  catalog.schedules.add(schedule<LinearWeight>("linear", "from one weight to another in a line"));
  catalog.trajectory_encoders.add(
      trajectory_encoder<Fill>("fill", "each object's mask or box filled in its colour on black"));
  return catalog;
}

}  // namespace flashmotion
