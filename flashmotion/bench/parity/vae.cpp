#include "flashmotion/wan/vae.hpp"

#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/bench/parity/network.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

namespace flashmotion::parity {

NamedTensors compute_vae(const Fixture& fixture) {
  const torch::NoGradGuard no_grad;
  const wan::CheckpointComponent stored = stored_network(fixture, {wan::ModelKind::vae21, wan::ModelKind::vae22});
  wan::Vae vae(wan::vae_config(stored), nn::Storage::deferred);
  wan::install(stored, vae.named_tensors());

  NamedTensors computed;
  const auto encode = [&](const std::string& name, const Tensor& video) {
    NamedTensors on_the_way;
    const wan::Posterior found = vae.encode_raw(video, {}, &on_the_way);
    computed.push_back({name + ".mean", found.mean});
    computed.push_back({name + ".logvar", found.logvar});
    computed.push_back({name + ".latent_normalised", vae.normalise(found.mean)});
    for (const auto& [part, tensor] : on_the_way) computed.push_back({fmt::format("{}.{}", name, part), tensor});
  };
  const auto decode = [&](const std::string& name, const Tensor& latent) {
    NamedTensors on_the_way;
    computed.push_back({name + ".decoded", vae.decode_raw(latent, {}, &on_the_way)});
    for (const auto& [part, tensor] : on_the_way) computed.push_back({fmt::format("{}.{}", name, part), tensor});
  };
  if (const auto video = fixture.find_input("video")) {
    encode("video", *video);
    // Frames that do not fill a group of four are left out.
    encode("video_cut", video->narrow(2, 0, video->size(2) - 2));
  }
  if (const auto image = fixture.find_input("image")) encode("image", *image);
  for (const char* name : {"latent", "latent_one"}) {
    if (const auto latent = fixture.find_input(name)) decode(name, *latent);
  }
  return computed;
}

}  // namespace flashmotion::parity
