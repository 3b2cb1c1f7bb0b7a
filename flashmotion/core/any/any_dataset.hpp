#pragma once

#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a dataset of any type the virtual interface.
template <Dataset M>
class DatasetModel final : public IDataset {
 public:
  explicit DatasetModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] ClipSpec spec() const override { return model_.spec(); }
  [[nodiscard]] ClipBatch draw(const ClipRequest& request, Rng& rng) const override {
    return model_.draw(request, rng);
  }

 private:
  M model_;
};

/// A dataset of any type; copies share it.
class AnyDataset {
 public:
  AnyDataset() = default;
  explicit AnyDataset(std::shared_ptr<IDataset> model) : model_(std::move(model)) {}
  template <Dataset M>
  requires(!std::same_as<M, AnyDataset>) explicit AnyDataset(M model)
      : model_(std::make_shared<DatasetModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] ClipSpec spec() const { return model_->spec(); }
  [[nodiscard]] ClipBatch draw(const ClipRequest& request, Rng& rng) const { return model_->draw(request, rng); }

 private:
  std::shared_ptr<IDataset> model_;
};

static_assert(Dataset<AnyDataset>);

}  // namespace flashmotion
