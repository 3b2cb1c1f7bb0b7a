#include "benchmarks/row.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/trajectory/control_maps.hpp"

#include <torch/torch.h>

#include <string>

namespace benchmarks {
namespace {

// The control maps of a clip, from boxes or from masks.
class ControlMapsRow final : public Row {
 public:
  ControlMapsRow(const RowOptions& options, bool masks) {
    const flashmotion::SafetensorsFile inputs(options.folder / "inputs.safetensors");
    const auto size = inputs.tensor("size");
    height_ = size[0].item<std::int64_t>();
    width_ = size[1].item<std::int64_t>();
    boxes_ = inputs.tensor("boxes").clone();
    valid_ = torch::ones(boxes_.sizes().slice(0, 2), torch::kBool);
    colours_ = inputs.tensor("colours").clone();
    if (masks) masks_ = flashmotion::box_masks(boxes_, height_, width_);
  }
  void run() override {
    maps_ = masks_.defined() ? flashmotion::draw_control_maps(masks_, valid_, colours_)
                             : flashmotion::draw_control_maps(boxes_, valid_, colours_, height_, width_);
  }
  [[nodiscard]] NamedTensors outputs() const override { return {{"maps", maps_}}; }

 private:
  Tensor boxes_, masks_, valid_, colours_, maps_;
  std::int64_t height_ = 0, width_ = 0;
};

}  // namespace

std::unique_ptr<Row> make_boxes_row(const RowOptions& options) {
  return std::make_unique<ControlMapsRow>(options, false);
}
std::unique_ptr<Row> make_masks_row(const RowOptions& options) {
  return std::make_unique<ControlMapsRow>(options, true);
}

}  // namespace benchmarks
