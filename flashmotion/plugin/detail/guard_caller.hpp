#pragma once

#include "flashmotion/core/all_finite.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/plugin/guard.hpp"

#include <c10/core/Device.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace flashmotion::guard_detail {

/// `[2, 3]`.
[[nodiscard]] std::string shape_text(const Tensor& tensor);

/// What messages call a result. A function is called for its text only when there is a message: guards stand in the way
/// of every pass. Borrows what it is made from.
class What {
 public:
  What(const char* text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  template <std::invocable F>
  What(const F& make)  // NOLINT(google-explicit-constructor)
      : make_(&make), call_([](const void* f) -> std::string { return (*static_cast<const F*>(f))(); }) {}

  [[nodiscard]] std::string text() const { return call_ != nullptr ? call_(make_) : text_; }

 private:
  const char* text_ = "";
  const void* make_ = nullptr;
  std::string (*call_)(const void*) = nullptr;
};

/// What a tensor that a plugin returned must be like.
struct Expected {
  std::int64_t rank = 0;
  std::string_view axes;  // for the message
  Tensor beside{};        // lies on the same device, undefined: any; only beside float64 may it be float64
};

/// What the guards share: calls into the plugin, and sentences that name it.
class Caller {
 public:
  Caller(GuardedName name, ComponentKind kind) : name_(std::move(name)), kind_(kind) {}

  template <class Call>
  decltype(auto) call(std::string_view method, Call&& call) const {
    return guarded(
        *name_.origin, [&] { return doing(method); }, std::forward<Call>(call));
  }
  [[noreturn]] void refuse(std::string_view method, std::string_view what) const;
  /// Throws unless the tensor is defined, has floating-point elements, no wider than float32, and is as expected.
  void expect_tensor(std::string_view method, const What& what, const Tensor& tensor, const Expected& expected) const;
  /// Throws unless the numbers of a result are finite, or `excuse` gives a reason that is not the plugin's: it returns
  /// true when what went in was not finite either. Results on a GPU are looked at one in a hundred, for it has to be
  /// waited for.
  template <class Excuse>
  void expect_finite(std::string_view method, const What& what, const Tensor& tensor, Excuse&& excuse) const {
    if (!due(tensor) || all_finite(tensor) || excuse()) return;
    refuse(method, "returned " + what.text() + " with numbers that are not finite");
  }
  /// Throws when a parameter is not finite: the reason why a result is not.
  void refuse_parameters(std::string_view method, const What& what, const NamedTensors& parameters) const;
  /// Throws when a name comes twice or a tensor has no value.
  [[nodiscard]] const NamedTensors& expect_names(const NamedTensors& tensors) const;
  [[nodiscard]] const GeneratorSpec& spec() const { return name_.spec; }

 private:
  [[nodiscard]] bool due(const Tensor& tensor) const;
  [[nodiscard]] std::string doing(std::string_view method) const;

  GuardedName name_;
  ComponentKind kind_;
  mutable std::int64_t device_results_ = 0;
};

/// Whether one of what went in was not finite.
[[nodiscard]] bool any_not_finite(std::initializer_list<const Tensor*> inputs);

}  // namespace flashmotion::guard_detail
