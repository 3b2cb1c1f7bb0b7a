#include "flashmotion/timing/workload.hpp"
#include "flashmotion/wan/tiled_decode.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae.hpp"

#include <torch/torch.h>

namespace flashmotion::timing {
namespace encoder_workloads {

class Autoencoder : public Workload {
 public:
  explicit Autoencoder(const WorkloadOptions& options)
      : vae(options.model.dit.latent_channels == 16 ? wan::vae21() : wan::vae22(), nn::Storage::deferred) {
    fill_(vae.named_tensors(), options.device, options.dtype, options.seed);
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override {
    return {{"autoencoder", count(vae.named_tensors())}};
  }

 protected:
  wan::Vae vae;
};

class Decode final : public Autoencoder {
 public:
  explicit Decode(const WorkloadOptions& options)
      : Autoencoder(options),
        latent_(at::randn(options.latent(), at::TensorOptions().device(options.device).dtype(options.dtype))) {
    wan::check_tile(options.decode_tile, vae.config());
    if (wan::tile_count(latent_, options.decode_tile, vae.config()) > 1) tile_ = options.decode_tile;
  }
  void run() override {
    const at::NoGradGuard no_grad;
    if (tile_ > 0) {
      frames_ = wan::decode_in_tiles(vae, latent_, tile_, latent_.device(), [] {});
      return;
    }
    wan::VaeDecodeStream stream = vae.decode_stream();
    for (std::int64_t t = 0; t < latent_.size(2); ++t)
      frames_ = stream.push(latent_.narrow(2, t, 1)).add(1).mul_(127.5).round_().to(at::kByte).to(at::kCPU);
  }
  // How far tiles are from whole frames, of the size of these: found when it is asked for, since whole frames take
  // the memory that tiles save.
  [[nodiscard]] Parts figures() const override {
    if (tile_ == 0) return {};
    const at::NoGradGuard no_grad;
    const Tensor whole = wan::decode_in_tiles(vae, latent_, 0, latent_.device(), [] {});
    return {{"error", ((frames_ - whole).norm() / whole.norm()).item<double>()}};
  }

 private:
  Tensor latent_, frames_;
  std::int64_t tile_ = 0;
};

class Encode final : public Autoencoder {
 public:
  explicit Encode(const WorkloadOptions& options)
      : Autoencoder(options),
        video_(at::rand({1, 3, options.frames, options.size[0], options.size[1]},
                        at::TensorOptions().device(options.device).dtype(options.dtype))
                   .mul_(2)
                   .sub_(1)) {}
  void run() override {
    const at::NoGradGuard no_grad;
    latent_ = vae.encode(video_);
  }

 private:
  Tensor video_, latent_;
};

class Text final : public Workload {
 public:
  explicit Text(const WorkloadOptions& options) : encoder_({}, nn::Storage::deferred) {
    fill_(encoder_.named_tensors(), options.device, options.dtype, options.seed);
    const auto ids = at::TensorOptions().device(options.device).dtype(at::kLong);
    request_.ids = at::randint(encoder_.config().vocabulary, {1, options.prompt}, ids);
    request_.mask = at::ones({1, options.prompt}, ids);
  }
  void run() override { features_ = encoder_.encode(request_).zeroed; }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override {
    return {{"text encoder", count(encoder_.named_tensors())}};
  }

 private:
  wan::Umt5Encoder encoder_;
  wan::Umt5Request request_;
  Tensor features_;
};

}  // namespace encoder_workloads

std::unique_ptr<Workload> make_decode(const WorkloadOptions& options, const Catalog& /*catalog*/) {
  return std::make_unique<encoder_workloads::Decode>(options);
}
std::unique_ptr<Workload> make_encode(const WorkloadOptions& options, const Catalog& /*catalog*/) {
  return std::make_unique<encoder_workloads::Encode>(options);
}
std::unique_ptr<Workload> make_text(const WorkloadOptions& options, const Catalog& /*catalog*/) {
  return std::make_unique<encoder_workloads::Text>(options);
}

}  // namespace flashmotion::timing
