#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace flashmotion {

enum class OptimiserKind {
  adamw,  // Loshchilov and Hutter 2019
  muon,   // orthogonalised momentum on the matrices of the blocks, AdamW on the rest (Jordan et al. 2024)
};

template <>
struct EnumNames<OptimiserKind> {
  static constexpr std::array values{std::pair{OptimiserKind::adamw, std::string_view("adamw")},
                                     std::pair{OptimiserKind::muon, std::string_view("muon")}};
};

struct OptimiserConfig {
  OptimiserKind use = OptimiserKind::adamw;
  double learning_rate = 1e-3;
  double matrix_learning_rate = 0.02;
  std::array<double, 2> betas{0.9, 0.98};
  double momentum = 0.95;
  double weight_decay = 0.0;
  double clip = 1.0;
  std::int64_t warmup = 20;
  double final_fraction = 0.05;
  bool offload = false;

  static void fields(auto& f, auto& c) {
    f("use", c.use, Choices<OptimiserKind>{}, "kind of optimiser");
    f("learning_rate", c.learning_rate, Above{0.0}, "AdamW step size");
    f("matrix_learning_rate", c.matrix_learning_rate, Above{0.0}, "muon step size of the blocks' matrices");
    f("betas", c.betas, Range{0.0, 0.99999}, "AdamW decay of the first and second moment");
    f("momentum", c.momentum, Range{0.0, 0.99999}, "muon momentum");
    f("weight_decay", c.weight_decay, AtLeast{0.0}, "decoupled weight decay of AdamW");
    f("clip", c.clip, Above{0.0}, "largest gradient norm");
    f("warmup", c.warmup, AtLeast{0}, "steps of linear warm-up");
    f("offload", c.offload,
      "momenta wait on the host and steps are taken there; for a GPU whose memory they do not fit into");
    f("final_fraction", c.final_fraction, Range{0.0, 1.0}, "learning rate of the last step over the first's");
  }
};

/// Share of the learning rate at a step: linear warm-up, then linear decay to `final_fraction` at `steps`.
[[nodiscard]] FLASHMOTION_EXPORT double learning_rate_factor(const OptimiserConfig& config, std::int64_t step,
                                                             std::int64_t steps);

/// Trains a list of parameters in place. Momenta are float32; parameters in a narrower type have a float32 copy of
/// theirs, which the steps go to, and are rounded from it. Its state is a list of named tensors, so that a run can go
/// on exactly where it stopped.
class FLASHMOTION_EXPORT Optimiser {
 public:
  Optimiser(const OptimiserConfig& config, NamedTensors parameters);

  /// Forgets gradients.
  void clear_gradients();
  /// Clips the gradients to `config.clip` and takes one step at `factor` times the learning rates. Parameters without
  /// a gradient stay. Returns the gradient norm before clipping, a float32 scalar tensor.
  Tensor step(double factor);
  /// Momenta and counters, under names made from the parameters'. Handles: writing into them restores a state.
  [[nodiscard]] NamedTensors state() const;

 private:
  struct Slot {
    std::string name;
    Tensor parameter;
    Tensor master;  // what steps change: the parameter itself, or its float32 copy where the momenta are
    Tensor first;   // momentum
    Tensor second;  // undefined for matrices under muon
    Tensor count;   // float32 [1]
    bool matrix = false;
  };
  [[nodiscard]] static bool has_copy(const Slot& slot) { return !slot.master.is_same(slot.parameter); }
  void matrix_step(Slot& slot, const Tensor& gradient, double learning_rate);

  OptimiserConfig config_;
  std::vector<Slot> slots_;
};

}  // namespace flashmotion
