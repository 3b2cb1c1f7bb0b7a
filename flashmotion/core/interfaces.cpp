#include "flashmotion/core/interfaces.hpp"

namespace flashmotion {

IGenerator::~IGenerator() = default;
IAdapter::~IAdapter() = default;
IDiscriminatorHead::~IDiscriminatorHead() = default;
IObjective::~IObjective() = default;
ISampler::~ISampler() = default;
IWeightSchedule::~IWeightSchedule() = default;
ITrajectoryEncoder::~ITrajectoryEncoder() = default;
ICodec::~ICodec() = default;
IDataset::~IDataset() = default;

}  // namespace flashmotion
