#include "flashmotion/metrics/feature_extractor.hpp"

#include "flashmotion/metrics/frechet.hpp"

namespace flashmotion {

FeatureExtractor fixed_features() { return {"frechet", "random_conv", "", RandomConvFeatures()}; }

}  // namespace flashmotion
