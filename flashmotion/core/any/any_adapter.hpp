#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives an adapter of any type the virtual interface.
template <Adapter M>
class AdapterModel final : public IAdapter {
 public:
  explicit AdapterModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] NamedTensors named_tensors() const override { return model_.named_tensors(); }
  void set_training(bool on) override { model_.set_training(on); }
  [[nodiscard]] std::vector<Site> sites(const GeneratorSpec& spec) const override { return model_.sites(spec); }
  [[nodiscard]] bool depends_on_noise() const override { return model_.depends_on_noise(); }
  void initialise_from(const NamedTensors& generator) override { model_.initialise_from(generator); }
  [[nodiscard]] SiteEdits edits(const AdapterRequest& request) override { return model_.edits(request); }

 private:
  M model_;
};

/// An adapter of any type; copies share it.
class AnyAdapter {
 public:
  AnyAdapter() = default;
  explicit AnyAdapter(std::shared_ptr<IAdapter> model) : model_(std::move(model)) {}
  template <Adapter M>
  requires(!std::same_as<M, AnyAdapter>) explicit AnyAdapter(M model)
      : model_(std::make_shared<AdapterModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] NamedTensors named_tensors() const { return model_->named_tensors(); }
  void set_training(bool on) { model_->set_training(on); }
  [[nodiscard]] std::vector<Site> sites(const GeneratorSpec& spec) const { return model_->sites(spec); }
  [[nodiscard]] bool depends_on_noise() const { return model_->depends_on_noise(); }
  void initialise_from(const NamedTensors& generator) { model_->initialise_from(generator); }
  [[nodiscard]] SiteEdits edits(const AdapterRequest& request) { return model_->edits(request); }

 private:
  std::shared_ptr<IAdapter> model_;
};

static_assert(Adapter<AnyAdapter>);

}  // namespace flashmotion
