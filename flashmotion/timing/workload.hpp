#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/nn/packed_weight.hpp"
#include "flashmotion/plugin/registry.hpp"
#include "flashmotion/wan/presets.hpp"

#include <c10/core/ScalarType.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What `flashmotion bench` times: a part of the work on one clip, with random weights of the real shapes.

namespace flashmotion::timing {

struct WorkloadOptions {
  wan::Preset model;                            // its transformer as it is to be built
  std::array<std::int64_t, 2> size{704, 1280};  // rows and columns of the video, multiples of the model's stride
  std::int64_t frames = 121;                    // of the video, 1 + 4 k
  std::int64_t steps = 4;                       // of `generate`
  std::int64_t prompt = 512;                    // text tokens
  bool first_frame = true;                      // the clip's first frame is given
  c10::Device device{c10::kCPU};
  at::ScalarType dtype = at::kFloat;                  // of weights and products
  std::string adapter{};                              // of `forward`, `generate` and `train`; empty for none
  nn::WeightFormat format = nn::WeightFormat::plain;  // of the blocks in `forward`, `generate` and `load`
  std::int64_t decode_tile = 0;                       // pixels of the side of a tile of `decode`; 0: whole frames
  std::optional<std::int64_t> resident{};  // blocks that stay on the device in `forward` and `generate`; none: all
  std::uint64_t seed = 0;

  /// Shape [1, C, T, h, w] of the clip's latent.
  [[nodiscard]] FLASHMOTION_EXPORT std::array<std::int64_t, 5> latent() const;
};

/// Named numbers in their order; as parts of a run, seconds.
using Parts = std::vector<std::pair<std::string, double>>;

class FLASHMOTION_EXPORT Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload();
  /// The work, once. May return before the device has done it.
  virtual void run() = 0;
  /// Of the last run; empty where a run has no parts.
  [[nodiscard]] virtual Parts parts() const { return {}; }
  /// What else was found out, by name.
  [[nodiscard]] virtual Parts figures() const { return {}; }
  /// Numbers of the networks, by what they are.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::int64_t>> parameters() const = 0;
};

/// `forward`: one pass of the transformer. `metrics`: what measuring a clip of a benchmark takes. `generate`: denoising
/// and decoding. `train`: one step of the adapter. `load`: the transformer from a file, which is written to the
/// system's folder for temporary files and is in its cache. `decode`, `encode`: a clip through the autoencoder. `text`:
/// a prompt through the text encoder.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> workloads();

/// Builds one, with weights in place. Throws InputError for an unknown name, for an adapter that `catalog` has not, and
/// for options that contradict each other.
[[nodiscard]] FLASHMOTION_EXPORT std::unique_ptr<Workload> make_workload(const std::string& name,
                                                                         const WorkloadOptions& options,
                                                                         const Catalog& catalog);

// The makers of the workloads.
[[nodiscard]] std::unique_ptr<Workload> make_forward(const WorkloadOptions& options, const Catalog& catalog);
[[nodiscard]] std::unique_ptr<Workload> make_generate(const WorkloadOptions& options, const Catalog& catalog);
[[nodiscard]] std::unique_ptr<Workload> make_train(const WorkloadOptions& options, const Catalog& catalog);
[[nodiscard]] std::unique_ptr<Workload> make_decode(const WorkloadOptions& options, const Catalog& catalog);
[[nodiscard]] std::unique_ptr<Workload> make_encode(const WorkloadOptions& options, const Catalog& catalog);
[[nodiscard]] std::unique_ptr<Workload> make_text(const WorkloadOptions& options, const Catalog& catalog);

[[nodiscard]] std::unique_ptr<Workload> make_metrics(const WorkloadOptions& options, const Catalog& catalog);
[[nodiscard]] std::unique_ptr<Workload> make_load(const WorkloadOptions& options, const Catalog& catalog);

/// Gives tensors random numbers of their size: matrices and kernels so that they keep the variance of what goes in,
/// scales 1, all else 0. In `dtype` on `device`.
void fill_(const NamedTensors& tensors, const c10::Device& device, at::ScalarType dtype, std::uint64_t seed);

/// Sum of the numbers of all tensors.
[[nodiscard]] std::int64_t count(const NamedTensors& tensors);

}  // namespace flashmotion::timing
