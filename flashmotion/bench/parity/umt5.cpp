#include "flashmotion/wan/umt5.hpp"

#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/bench/parity/network.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

namespace flashmotion::parity {

NamedTensors compute_umt5(const Fixture& fixture) {
  const torch::NoGradGuard no_grad;
  const wan::CheckpointComponent stored = stored_network(fixture, {wan::ModelKind::text_encoder});
  wan::Umt5Encoder encoder(wan::umt5_config(stored), nn::Storage::deferred);
  wan::install(stored, encoder.named_tensors());
  const wan::Umt5Result found = encoder.encode({.ids = fixture.input("input_ids"),
                                                .mask = fixture.input("attention_mask"),
                                                .padding_rows = true,
                                                .block_outputs = true});
  NamedTensors computed{{"last_hidden_state", found.hidden}, {"last_hidden_state_zeroed", found.zeroed}};
  for (std::size_t i = 0; i < found.blocks.size(); ++i) {
    computed.push_back({fmt::format("block.{}", i), found.blocks[i]});
  }
  return computed;
}

}  // namespace flashmotion::parity
