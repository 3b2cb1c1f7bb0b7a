#include "benchmarks/row.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <torch/torch.h>

#include <optional>

namespace benchmarks {
namespace {

// Opens a file and reads every number in it.
class LoadRow final : public Row {
 public:
  explicit LoadRow(std::filesystem::path file) : file_(std::move(file)) {}

  void run() override {
    const torch::NoGradGuard no_grad;
    held_.emplace(file_);
    sums_.clear();
    for (const auto& [name, tensor] : held_->tensors()) sums_.push_back({name, tensor.sum().view(1)});
  }
  [[nodiscard]] NamedTensors outputs() const override { return sums_; }

 private:
  std::filesystem::path file_;
  std::optional<flashmotion::SafetensorsFile> held_;
  NamedTensors sums_;
};

}  // namespace

std::unique_ptr<Row> make_load_row(const RowOptions& options) {
  return std::make_unique<LoadRow>(options.folder / "model.safetensors");
}

}  // namespace benchmarks
