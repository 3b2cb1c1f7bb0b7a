#include "flashmotion/wan/vae.hpp"
#include "tests/support/gpu.hpp"
#include "tests/wan/tiny_dit.hpp"
#include "tests/wan/tiny_vae.hpp"

namespace vae_gpu_test {

using namespace gpu_support;
using flashmotion::nn::Storage;

TEST_CASE("the autoencoder gives on a GPU what it gives on the CPU", "[wan][cuda]") {
  if (!have_gpu()) return;
  const auto device = flashmotion::open_device("cuda");
  for (const auto version : {flashmotion::wan::VaeVersion::wan21, flashmotion::wan::VaeVersion::wan22}) {
    auto tiny = tiny_vae::config(version);
    tiny.dim = 16;
    tiny.decoder_dim = version == flashmotion::wan::VaeVersion::wan22 ? 24 : 16;
    const flashmotion::wan::Vae exact(tiny, Storage::owned), here(tiny, Storage::owned), there(tiny, Storage::owned);
    for (const auto* vae : {&exact, &here, &there}) tiny_dit::fill_(vae->named_tensors());
    move_(there.named_tensors());
    const torch::NoGradGuard no_grad;
    for (const auto& item : exact.named_tensors()) item.tensor.set_data(item.tensor.to(at::kDouble));
    const Tensor video = tiny_dit::seq({1, 3, 9, 32, 64}, .031, .1);
    // Norms of small numbers magnify rounding errors; the GPU's may be somewhat larger than the CPU's, not more.
    const Tensor latent = exact.encode(video.to(at::kDouble));
    CHECK(gap(there.encode(video.to(device)), latent) < 4 * gap(here.encode(video), latent) + 1e-6);
    const Tensor single = latent.to(at::kFloat), pixels = exact.decode(single.to(at::kDouble));
    REQUIRE(pixels.norm().item<double>() > 1.0);
    CHECK(gap(there.decode(single.to(device)), pixels) < 4 * gap(here.decode(single), pixels) + 1e-6);
  }
}

}  // namespace vae_gpu_test
