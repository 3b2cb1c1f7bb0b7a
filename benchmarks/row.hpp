#pragma once

#include "flashmotion/core/tensor.hpp"

#include <ATen/core/ScalarType.h>

#include <filesystem>
#include <memory>
#include <string>

// One row of the comparison with Python: a computation that can be repeated.

namespace benchmarks {

using flashmotion::NamedTensors;
using flashmotion::Tensor;

class Row {
 public:
  virtual ~Row() = default;
  /// The computation that is timed.
  virtual void run() = 0;
  /// What the runs so far gave, for the comparison of the two sides.
  [[nodiscard]] virtual NamedTensors outputs() const = 0;
};

/// What a row computes with: a folder that the Python side wrote, and a type of number.
struct RowOptions {
  std::filesystem::path folder;
  at::ScalarType dtype = at::kFloat;
};

// Each reads its weights, so that none is read while a run is timed.
std::unique_ptr<Row> make_boxes_row(const RowOptions& options);
std::unique_ptr<Row> make_clip_row(const RowOptions& options);
std::unique_ptr<Row> make_dit_row(const RowOptions& options);
std::unique_ptr<Row> make_dit_image_row(const RowOptions& options);
std::unique_ptr<Row> make_features_row(const RowOptions& options);
std::unique_ptr<Row> make_frechet_row(const RowOptions& options);
std::unique_ptr<Row> make_load_row(const RowOptions& options);
std::unique_ptr<Row> make_masks_row(const RowOptions& options);
std::unique_ptr<Row> make_statistics_row(const RowOptions& options);
std::unique_ptr<Row> make_text_row(const RowOptions& options);
std::unique_ptr<Row> make_train_row(const RowOptions& options);
std::unique_ptr<Row> make_vae_row(const RowOptions& options);

}  // namespace benchmarks
