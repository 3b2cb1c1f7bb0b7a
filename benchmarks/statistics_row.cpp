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
  explicit StatisticsRow(const std::filesystem::path& path) {
    const flashmotion::SafetensorsFile file(path);
    features_ = file.tensor("real").clone();
    often_ = file.tensor("often").item<std::int64_t>();
  }
  void run() override {
    const torch::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < often_; ++i) found_ = summed(features_);
  }
  [[nodiscard]] NamedTensors outputs() const override {
    return {{"mean", found_.mean}, {"covariance", found_.covariance.contiguous()}};
  }

 private:
  Tensor features_;
  std::int64_t often_ = 1;
  Gaussian found_;
};

class FrechetRow final : public Row {
 public:
  // With `whole` the mean and covariance of both sets are a part of the work.
  FrechetRow(const std::filesystem::path& file, bool whole) : whole_(whole) {
    const torch::NoGradGuard no_grad;
    const flashmotion::SafetensorsFile features(file);
    real_ = features.tensor("real").clone();
    made_ = features.tensor("made").clone();
    often_ = features.tensor("often").item<std::int64_t>();
    fit();
  }
  void run() override {
    const torch::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < often_; ++i) {
      if (whole_) fit();
      distance_ = torch::full({1}, flashmotion::frechet_distance(of_real_, of_made_), torch::kDouble);
    }
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"distance", distance_}}; }

 private:
  void fit() {
    of_real_ = summed(real_);
    of_made_ = summed(made_);
  }

  bool whole_;
  std::int64_t often_ = 1;
  Tensor real_, made_;
  Gaussian of_real_, of_made_;
  Tensor distance_;
};

}  // namespace

std::unique_ptr<Row> make_statistics_row(const RowOptions& options) {
  return std::make_unique<StatisticsRow>(options.folder / "features.safetensors");
}
std::unique_ptr<Row> make_frechet_row(const RowOptions& options) {
  return std::make_unique<FrechetRow>(options.folder / "features.safetensors", false);
}
std::unique_ptr<Row> make_features_row(const RowOptions& options) {
  return std::make_unique<FrechetRow>(options.folder / "features.safetensors", true);
}

}  // namespace benchmarks
