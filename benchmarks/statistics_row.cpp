#include "benchmarks/row.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/metrics/frechet.hpp"
#include "flashmotion/metrics/gaussian_sums.hpp"

#include <torch/torch.h>

#include <algorithm>

namespace benchmarks {
namespace {

using flashmotion::Gaussian;

// Mean and covariance of features as they come from clips, some at a time.
Gaussian summed(const Tensor& features) {
  constexpr std::int64_t kPart = 128;
  flashmotion::GaussianSums sums;
  for (std::int64_t i = 0; i < features.size(0); i += kPart)
    sums.add(features.narrow(0, i, std::min(kPart, features.size(0) - i)));
  return sums.gaussian();
}

class StatisticsRow final : public Row {
 public:
  explicit StatisticsRow(const std::filesystem::path& file)
      : features_(flashmotion::SafetensorsFile(file).tensor("real").clone()) {}
  void run() override {
    const torch::NoGradGuard no_grad;
    found_ = summed(features_);
  }
  [[nodiscard]] NamedTensors outputs() const override {
    return {{"mean", found_.mean}, {"covariance", found_.covariance.contiguous()}};
  }

 private:
  Tensor features_;
  Gaussian found_;
};

class FrechetRow final : public Row {
 public:
  explicit FrechetRow(const std::filesystem::path& file) {
    const torch::NoGradGuard no_grad;
    const flashmotion::SafetensorsFile features(file);
    real_ = summed(features.tensor("real"));
    made_ = summed(features.tensor("made"));
  }
  void run() override {
    const torch::NoGradGuard no_grad;
    distance_ = torch::full({1}, flashmotion::frechet_distance(real_, made_), torch::kDouble);
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"distance", distance_}}; }

 private:
  Gaussian real_, made_;
  Tensor distance_;
};

}  // namespace

std::unique_ptr<Row> make_statistics_row(const RowOptions& options) {
  return std::make_unique<StatisticsRow>(options.folder / "features.safetensors");
}
std::unique_ptr<Row> make_frechet_row(const RowOptions& options) {
  return std::make_unique<FrechetRow>(options.folder / "features.safetensors");
}

}  // namespace benchmarks
