#pragma once

#include "flashmotion/train/distil_sources.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace flashmotion {

/// Distillation of a few-step student from a frozen teacher, by any mix of objectives: distribution matching, where the
/// teacher is the real score and a fake score follows the student, or consistency. Roles: `generator`, with an adapter
/// `adapter` too, both trained by the objectives of the target `generator`; `fake_score` (and `fake_adapter`) where
/// objectives train it. Passes are made only for what the active objectives need.
template <Generator G, Adapter A, Sampler S>
class DistilStage final : public IStage {
 public:
  DistilStage(DistilSettings settings, BatchSource& data, DistilNetworks<G, A> networks, S sampler,
              ObjectivesByTarget objectives)
      : settings_(std::move(settings)),
        data_(data),
        networks_(std::move(networks)),
        sampler_(std::move(sampler)),
        objectives_(std::move(objectives)) {
    if (objectives_["fake_score"].empty()) networks_.fake.reset();
    freeze(networks_.student, networks_.student_adapter);
    freeze(networks_.real, networks_.real_adapter);
    students_ = add_roles("generator", "adapter", networks_.student, networks_.student_adapter, settings_.optimiser,
                          settings_.ema);
    if (networks_.target) freeze(*networks_.target, networks_.target_adapter);
    if (!networks_.fake) return;
    freeze(*networks_.fake, networks_.fake_adapter);
    fakes_ = add_roles("fake_score", "fake_adapter", *networks_.fake, networks_.fake_adapter,
                       settings_.critic_optimiser, 0.0);
  }

  StepReport step(std::int64_t step) override {
    StepReport report;
    const bool update = step % settings_.generator_every == 0 && objectives_["generator"].active(step);
    const bool criticise = networks_.fake && objectives_["fake_score"].active(step);
    if (!update && !criticise) return report;
    std::vector<std::unique_ptr<Part>> parts(static_cast<std::size_t>(settings_.shares.accumulate));
    if (update) {
      train_student(parts, step, report);
      if (!criticise) return report;
    }
    const Scopes training(fakes_);
    Descent descent(fakes_, objectives_["fake_score"], step, settings_.steps, settings_.shares);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] == nullptr) parts[i] = begin(i, step);
      add_fake_score(*parts[i], descent);
      parts[i].reset();
    }
    descent.finish(report);
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override {
    std::vector<Role*> all = students_;
    all.insert(all.end(), fakes_.begin(), fakes_.end());
    return all;
  }

 private:
  /// One micro-batch of a step, from the student's turn to the fake score's.
  struct Part {
    RowShare rows;
    LatentBatch batch;
    Rng rng;
    std::int64_t exit = 0;  // the same for all samples of the step
    Tensor sample{};        // of the student, without its gradient
  };
  std::unique_ptr<Part> begin(std::size_t index, std::int64_t step) {
    const RowShare rows = settings_.shares.rows(settings_.batch, static_cast<std::int64_t>(index));
    auto part = std::make_unique<Part>(
        Part{rows, data_.draw(settings_.name, step, rows, ControlKind::box),
             Rng(settings_.seed, "noise." + settings_.name, static_cast<std::uint64_t>(step), rows), 0});
    const auto levels = static_cast<std::int64_t>(std::span<const double>(sampler_.sigmas()).size()) - 1;
    part->exit = part->rng.integer(0, levels);
    return part;
  }

  void add_fake_score(Part& part, Descent& descent) {
    if (!part.sample.defined()) {
      Conditioned<G, A> student(networks_.student, pointer(networks_.student_adapter), part.batch.condition);
      part.sample = simulate_student(student, sampler_, part.batch.clean, part.exit, false, part.rng);
    }
    const Tensor sigma = draw_sigma(settings_.score_timesteps, part.rows.count, sampler_.sigmas(), part.rng);
    DenoisingSource<G, A> source(*networks_.fake, pointer(networks_.fake_adapter), part.batch.condition, part.sample,
                                 noise_like(part.sample, part.rng), sigma);
    descent.add(source);
  }

  // Gradients on for the parameters of some roles.
  class Scopes {
   public:
    explicit Scopes(const std::vector<Role*>& roles) : roles_(roles) { set(true); }
    ~Scopes() { set(false); }
    Scopes(const Scopes&) = delete;
    Scopes& operator=(const Scopes&) = delete;

   private:
    void set(bool on) const {
      for (const Role* role : roles_) require_gradients(role->parameters(), on);
    }
    const std::vector<Role*>& roles_;
  };

  static A* pointer(std::optional<A>& adapter) { return adapter ? &*adapter : nullptr; }
  static void freeze(G& generator, std::optional<A>& adapter) {
    require_gradients(generator.named_tensors(), false);
    if (adapter) require_gradients(adapter->named_tensors(), false);
  }
  std::vector<Role*> add_roles(const char* generator_name, const char* adapter_name, G& generator,
                               std::optional<A>& adapter, const OptimiserConfig& optimiser, double ema) {
    std::vector<Role*> added{&roles_.emplace_back(generator_name, generator.named_tensors(), optimiser, ema)};
    if (adapter) added.push_back(&roles_.emplace_back(adapter_name, adapter->named_tensors(), optimiser, ema));
    return added;
  }

  void train_student(std::vector<std::unique_ptr<Part>>& parts, std::int64_t step, StepReport& report) {
    const Scopes training(students_);
    const ObjectiveStack& objectives = objectives_["generator"];
    const bool consistent = objectives.needs(step).contains(Quantity::consistency_target) ||
                            objectives.needs(step).contains(Quantity::consistency_prediction);
    if (consistent && networks_.target) take_average();
    Descent descent(students_, objectives, step, settings_.steps, settings_.shares);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i] = begin(i, step);
      add_student(*parts[i], consistent, step, descent);
    }
    descent.finish(report);
  }

  // Leaves the sample where an objective asked for it.
  void add_student(Part& part, bool consistent, std::int64_t step, Descent& descent) {
    const Condition& condition = part.batch.condition;
    Conditioned<G, A> student(networks_.student, pointer(networks_.student_adapter), condition);
    Conditioned<G, A> real(networks_.real, pointer(networks_.real_adapter), condition, real_guidance(part.rows.count));
    std::optional<Conditioned<G, A>> fake, target;
    if (networks_.fake) fake.emplace(*networks_.fake, pointer(networks_.fake_adapter), condition);
    ScoreSource<G, A, S> scores(student, real, fake ? &*fake : nullptr, sampler_, settings_.score_timesteps,
                                part.batch.clean, part.exit, part.rng);
    if (consistent) {
      if (networks_.target) target.emplace(*networks_.target, pointer(networks_.target_adapter), condition);
      // Random numbers of its own: another objective in the recipe leaves the pairs as they are.
      Rng pairs(settings_.seed, "consistency." + settings_.name, static_cast<std::uint64_t>(step), part.rows);
      const Tensor drawn = draw_sigma(settings_.score_timesteps, part.rows.count, sampler_.sigmas(), pairs);
      ConsistencySource<G, A> source(
          scores, student, real, target ? *target : student,
          {settings_.consistency, settings_.grid_shift, part.batch.clean, drawn, noise_like(part.batch.clean, pairs)});
      descent.add(source);
    } else {
      descent.add(scores);
    }
    part.sample = scores.sample_so_far();
  }

  // The target's weights are those of the running average, which the roles keep.
  void take_average() {
    copy_values(students_.front()->result(), networks_.target->named_tensors());
    if (networks_.target_adapter) copy_values(students_.back()->result(), networks_.target_adapter->named_tensors());
  }

  [[nodiscard]] Guidance real_guidance(std::int64_t count) const {
    Guidance guidance{.scale = settings_.real_guidance};
    if (guidance.active()) guidance.negative = data_.negative_text(count);
    return guidance;
  }

  DistilSettings settings_;
  BatchSource& data_;
  DistilNetworks<G, A> networks_;
  S sampler_;
  ObjectivesByTarget objectives_;
  std::deque<Role> roles_;  // which stay where they are
  std::vector<Role*> students_, fakes_;
};

}  // namespace flashmotion
