#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/timing/workload.hpp"
#include "flashmotion/wan/checkpoint.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace flashmotion::timing {
namespace load_workload {

namespace fs = std::filesystem;

// A file of random weights under the names of the releases; it goes with the object.
class WeightsFile {
 public:
  explicit WeightsFile(const WorkloadOptions& options)
      : path_(fs::temp_directory_path() / fmt::format("flashmotion-bench-{}.safetensors", ::getpid())) {
    const NamedTensors shapes = wan::DitGenerator(options.model.dit, nn::Storage::deferred).named_tensors();
    std::vector<TensorOutline> outlines;
    outlines.reserve(shapes.size());
    for (const auto& [name, tensor] : shapes) outlines.push_back({name, at::kBFloat16, tensor.sizes().vec()});
    SafetensorsWriter writer(path_, outlines, {});
    for (const std::size_t i : writer.order()) {
      bytes_ += 2 * shapes[i].tensor.numel();
      writer.write(at::randn(shapes[i].tensor.sizes(), at::kBFloat16).mul_(0.02));
    }
    writer.finish();
  }
  ~WeightsFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  WeightsFile(const WeightsFile&) = delete;
  WeightsFile& operator=(const WeightsFile&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  fs::path path_;
  std::int64_t bytes_ = 0;
};

// Opens the file, puts its weights in place and reads each number once.
class Load final : public Workload {
 public:
  explicit Load(const WorkloadOptions& options) : options_(options), file_(options) {}
  void run() override {
    const torch::NoGradGuard no_grad;
    dit_.reset();
    const wan::Checkpoint checkpoint = wan::open_checkpoint(file_.path());
    ProgressOptions quiet;
    quiet.quiet = true;
    dit_ = load_dit(checkpoint.at(wan::Role::transformer), options_.model.dit,
                    {.device = options_.device, .dtype = options_.dtype}, {options_.format, std::nullopt}, "", quiet);
    double sum = 0;
    for (const auto& [name, tensor] : dit_->named_tensors())
      if (tensor.is_contiguous()) sum += tensor.sum().item<double>();  // others wait in a stream, which has read them
    sum_ = sum;
  }
  [[nodiscard]] Parts figures() const override { return {{"gigabytes", static_cast<double>(file_.bytes()) / 1e9}}; }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override {
    return {{"transformer", file_.bytes() / 2}};
  }

 private:
  WorkloadOptions options_;
  WeightsFile file_;
  std::optional<wan::DitGenerator> dit_;
  double sum_ = 0;
};

}  // namespace load_workload

std::unique_ptr<Workload> make_load(const WorkloadOptions& options, const Catalog& /*catalog*/) {
  return std::make_unique<load_workload::Load>(options);
}

}  // namespace flashmotion::timing
