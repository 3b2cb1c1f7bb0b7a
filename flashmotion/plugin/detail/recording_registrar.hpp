#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/plugin/inspect.hpp"
#include "flashmotion/plugin/registrar.hpp"
#include "flashmotion/plugin/registry.hpp"

#include <utility>
#include <vector>

namespace flashmotion {

/// Keeps what an entry function adds, so that a catalog changes only when all is well.
class RecordingRegistrar final : public Registrar {
 public:
  void add_adapter(const Entry<IAdapter>& entry) override { take(adapters_, entry); }
  void add_head(const Entry<IDiscriminatorHead>& entry) override { take(heads_, entry); }
  void add_objective(const Entry<IObjective>& entry) override { take(objectives_, entry); }
  void add_sampler(const Entry<ISampler>& entry) override { take(samplers_, entry); }
  void add_schedule(const Entry<IWeightSchedule>& entry) override { take(schedules_, entry); }
  void add_trajectory_encoder(const Entry<ITrajectoryEncoder>& entry) override { take(trajectory_encoders_, entry); }

  [[nodiscard]] const std::vector<ProvidedComponent>& seen() const { return seen_; }

  /// Throws PluginError at a name that is taken.
  void add_to(Catalog& catalog, const Origin& origin) const {
    Catalog grown = catalog;
    for (const auto& entry : adapters_) grown.adapters.add(entry, origin);
    for (const auto& entry : heads_) grown.heads.add(entry, origin);
    for (const auto& entry : objectives_) grown.objectives.add(entry, origin);
    for (const auto& entry : samplers_) grown.samplers.add(entry, origin);
    for (const auto& entry : schedules_) grown.schedules.add(entry, origin);
    for (const auto& entry : trajectory_encoders_) grown.trajectory_encoders.add(entry, origin);
    catalog = std::move(grown);
  }

 private:
  template <class Interface>
  void take(std::vector<Entry<Interface>>& list, const Entry<Interface>& entry) {
    if (entry.name == nullptr || entry.doc == nullptr || entry.make == nullptr || entry.check == nullptr ||
        entry.describe == nullptr)
      throw PluginError("an entry without a name, a text or a function");
    seen_.push_back({to_string(kKindOf<Interface>), entry.name});
    list.push_back(entry);
  }

  std::vector<ProvidedComponent> seen_;
  std::vector<Entry<IAdapter>> adapters_;
  std::vector<Entry<IDiscriminatorHead>> heads_;
  std::vector<Entry<IObjective>> objectives_;
  std::vector<Entry<ISampler>> samplers_;
  std::vector<Entry<IWeightSchedule>> schedules_;
  std::vector<Entry<ITrajectoryEncoder>> trajectory_encoders_;
};

}  // namespace flashmotion
