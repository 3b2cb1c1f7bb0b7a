#include "flashmotion/wan/clip_vision.hpp"

#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/bench/parity/network.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <vector>

namespace flashmotion::parity {

NamedTensors compute_clip_vision(const Fixture& fixture) {
  const torch::NoGradGuard no_grad;
  const wan::CheckpointComponent stored = stored_network(fixture, {wan::ModelKind::image_encoder});
  wan::ClipVision tower(wan::clip_vision_config(stored), nn::Storage::deferred);
  wan::install(stored, tower.named_tensors());
  const Tensor pixels = wan::clip_preprocess(fixture.input("image"), tower.config().image_size);
  std::vector<Tensor> blocks;
  const Tensor tokens = tower.encode(pixels, &blocks);
  NamedTensors computed{{"pixels", pixels}, {"tokens", tokens}};
  for (std::size_t i = 0; i < blocks.size(); ++i) computed.push_back({fmt::format("block.{}", i), blocks[i]});
  return computed;
}

}  // namespace flashmotion::parity
