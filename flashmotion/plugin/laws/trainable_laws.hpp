#pragma once

#include "flashmotion/core/concepts/trainable.hpp"
#include "flashmotion/plugin/build_context.hpp"
#include "flashmotion/plugin/laws/law.hpp"
#include "flashmotion/plugin/laws/tensors.hpp"

#include <fmt/format.h>

#include <functional>
#include <set>
#include <string>

namespace flashmotion {

/// Builds a fresh component.
template <class Any>
using PartMaker = std::function<Any(const BuildContext&)>;
/// What a component computes from a request of its judge, on the CPU.
template <class Any>
using PartResult = std::function<Tensor(Any&, const BuildContext&)>;

/// Law `parameters`: names are there, unique and in a stable order; tensors are handles to float32 leaves.
template <Trainable M>
bool judge_parameters(LawBook& book, const M& model) {
  return book.judge("parameters", "its tensors are float32 leaves with unique names in a stable order", [&] {
    const NamedTensors first = model.named_tensors();
    const NamedTensors second = model.named_tensors();
    std::set<std::string> names;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const auto& [name, tensor] = first[i];
      if (name.empty()) return std::string("a tensor has no name");
      if (!names.insert(name).second) return fmt::format("the name '{}' stands twice", name);
      if (!tensor.is_leaf()) return fmt::format("'{}' is computed from other tensors; give the parameter itself", name);
      if (tensor.scalar_type() != at::kFloat) return fmt::format("'{}' is not float32", name);
      if (i >= second.size() || second[i].name != name || !second[i].tensor.is_same(tensor))
        return fmt::format("a second call gives something else in the place of '{}'", name);
    }
    return std::string(second.size() == first.size() ? "" : "a second call gives more tensors");
  });
}

/// Law `modes`: with training off, equal calls give equal results; with it on there is a result too; neither way
/// changes a parameter. Leaves training off.
template <Trainable M>
bool judge_modes(LawBook& book, M& model, const std::function<Tensor(M&)>& result) {
  return book.judge(
      "modes", "with training off, equal calls give equal results; changing the mode changes no parameter", [&] {
        const NamedTensors before = law_tensors::copies(model.named_tensors());
        model.set_training(true);
        const Tensor trained = result(model);
        model.set_training(false);
        const Tensor first = result(model);
        const Tensor second = result(model);
        if (std::string wrong = law_tensors::difference(model.named_tensors(), before); !wrong.empty())
          return "after a pass " + wrong;
        if (trained.sizes() != first.sizes()) return std::string("training changes the result's shape");
        return std::string(first.equal(second) ? "" : "with training off, two equal calls give different results");
      });
}

/// Laws that build the component again: `seed`, `round_trip`, `bfloat16` and, where a GPU is at hand, `cuda`. For
/// components that keep `parameters` and `modes`. `result` computes with training off and gives its tensor on the CPU.
template <class Any>
void judge_making(LawBook& book, const PartMaker<Any>& make, const PartResult<Any>& result,
                  const BuildContext& context) {
  namespace lt = law_tensors;
  const auto fresh = [&](const BuildContext& changed) {
    Any part = make(changed);
    part.set_training(false);
    return part;
  };
  book.judge("seed", "equal seeds build equal weights", [&] {
    const std::string wrong = lt::difference(make(context).named_tensors(), make(context).named_tensors());
    return wrong.empty() ? wrong : wrong + " in a second build from the same seed; draw through flashmotion::Rng";
  });
  book.judge("round_trip", "what was saved and loaded gives the same result", [&] {
    Any saved = fresh(context);
    lt::shake_(saved.named_tensors());
    BuildContext other = context;
    ++other.seed;
    Any loaded = fresh(other);
    lt::copy_through_file_(saved.named_tensors(), loaded.named_tensors());
    const double gap = lt::distance(result(loaded, other), result(saved, context));
    if (gap <= 1e-5) return std::string();
    return fmt::format(
        "saved and loaded again, its result differs by {:.2g} of its size; named_tensors() must hold all that is "
        "learnt",
        gap);
  });
  const auto built_for = [&](const BuildContext& changed, double tolerance) {
    Any usual = fresh(context);
    lt::shake_(usual.named_tensors());
    Any part = fresh(changed);
    for (const NamedTensor& item : part.named_tensors())
      if (item.tensor.scalar_type() != at::kFloat) return fmt::format("'{}' is not float32", item.name);
    lt::copy_values_(usual.named_tensors(), part.named_tensors());
    const double gap = lt::distance(result(part, changed), result(usual, context));
    if (gap <= tolerance) return std::string();
    return fmt::format("the result is {:.2g} of its size away from the float32 one on the CPU", gap);
  };
  book.judge("bfloat16", "built for bfloat16 it keeps float32 parameters and computes nearly the same", [&] {
    BuildContext changed = context;
    changed.dtype = at::kBFloat16;
    return built_for(changed, 0.05);
  });
  if (!lt::has_cuda()) return;
  book.judge("cuda", "on the GPU it computes nearly the same", [&] {
    BuildContext changed = context;
    changed.device = c10::Device(c10::kCUDA, 0);
    return built_for(changed, 1e-3);
  });
}

}  // namespace flashmotion
