#pragma once

#include <ATen/EmptyTensor.h>
#include <ATen/detail/HPUHooksInterface.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_as_complex_native.h>
#include <ATen/ops/view_as_real_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/alloc_cpu.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// A device that is not the CPU, for machines without one. Its memory is the CPU's and its operators are the CPU's, but
// to LibTorch it is another device: an operator that is given tensors of both refuses, as it does on a GPU. So what
// computes here finds every tensor that was left behind, and comes near to the CPU's numbers: some operators LibTorch
// takes apart for a device that it does not know, which rounds otherwise. It borrows the name of a device that this
// LibTorch has no operators for, `hpu`.
//
// Include it in one source of a program, and in none that has to find a real device: LibTorch knows one at a time.

namespace borrowed_device {

constexpr auto kType = c10::DeviceType::HPU;
inline const c10::Device kDevice(kType, 0);

/// Operators that were computed so far.
inline std::atomic<std::int64_t> operators{0};

/// From so many operators on there is no more memory; never when it is 0.
inline std::int64_t full_from = 0;

class Memory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    TORCH_CHECK_WITH(OutOfMemoryError, full_from == 0 || operators < full_from, "the borrowed device is full");
    void* const data = c10::alloc_cpu(bytes);  // aligned as the CPU's, which the order of sums depends on
    return {data, data, &c10::free_cpu, kDevice};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &c10::free_cpu; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
};
inline Memory memory;

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  static constexpr c10::DeviceType static_type = kType;
  Guard() = default;
  explicit Guard(c10::DeviceType) {}
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
  c10::Stream exchangeStream(c10::Stream) const override { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};
C10_REGISTER_GUARD_IMPL(HPU, Guard)

struct HPUHooks final : at::HPUHooksInterface {
  explicit HPUHooks(at::HPUHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasHPU() const override { return true; }
  bool hasPrimaryContext(at::DeviceIndex) const override { return true; }
};
using at::HPUHooksRegistry;  // the macro names them
using at::RegistererHPUHooksRegistry;
REGISTER_HPU_HOOKS(HPUHooks)

/// The same memory as a tensor of the CPU.
inline at::Tensor seen_by_cpu(const at::Tensor& tensor) {
  at::Tensor seen = at::from_blob(
      tensor.data_ptr(), tensor.sizes(), tensor.strides(), [keep = tensor.storage()](void*) {},
      tensor.options().device(at::kCPU));
  if (tensor.is_conj()) seen = seen.conj();
  return tensor.is_neg() ? at::_neg_view(seen) : seen;
}

inline at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                        std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory, c10::DispatchKeySet(c10::DispatchKey::HPU), type.value_or(at::kFloat),
                                   format);
}
inline at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> type,
                                std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &memory, c10::DispatchKeySet(c10::DispatchKey::HPU),
                                           type.value_or(at::kFloat));
}
inline at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  const auto here = [](const at::Tensor& x) { return x.is_cpu() ? x : seen_by_cpu(x); };
  at::Tensor target = here(to);
  target.copy_(here(from));
  return to;
}
inline const at::Tensor& give_size_(const at::Tensor& tensor, at::IntArrayRef size, std::optional<at::MemoryFormat>) {
  at::TensorImpl* const impl = tensor.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(size);
  const std::size_t bytes = static_cast<std::size_t>(impl->numel()) * impl->itemsize();
  if (tensor.storage().nbytes() < bytes) {
    c10::StorageImpl* const storage = tensor.storage().unsafeGetStorageImpl();
    c10::DataPtr grown = memory.allocate(bytes);
    if (storage->nbytes() > 0) std::memcpy(grown.get(), storage->data(), storage->nbytes());
    storage->set_data_ptr_noswap(std::move(grown));
    storage->set_nbytes(bytes);
  }
  return tensor;
}
inline at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (from.sizes() != to.sizes()) give_size_(to, from.sizes(), std::nullopt);
  return copy_from(from, to, false);
}
inline at::Scalar local_scalar(const at::Tensor& tensor) { return seen_by_cpu(tensor).item(); }

/// A tensor of the device with the numbers and the strides of one of the CPU.
inline at::Tensor brought_back(const at::Tensor& made) {
  if (!made.defined() || made.device() == kDevice) return made;
  const at::Tensor there = at::empty_strided(made.sizes(), made.strides(), made.options().device(kDevice));
  return there.copy_(made);
}

// What convolutions ask of devices that LibTorch does not know.
inline at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                              at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                              bool transposed, at::IntArrayRef output_padding, std::int64_t groups) {
  TORCH_CHECK(weight.device() == x.device() && (!bias || !bias->defined() || bias->device() == x.device()),
              "a convolution on two devices");
  const auto given = bias && bias->defined() ? std::optional(seen_by_cpu(*bias)) : std::nullopt;
  return brought_back(at::convolution(seen_by_cpu(x), seen_by_cpu(weight), given, stride, padding, dilation, transposed,
                                      output_padding, groups));
}
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& weight, at::IntArrayRef stride,
    at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding,
    std::int64_t groups, std::array<bool, 3> mask) {
  TORCH_CHECK(weight.device() == x.device() && gradient.device() == x.device(), "a convolution on two devices");
  const std::vector<std::int64_t> bias{weight.size(transposed ? 1 : 0)};
  const auto [to_x, to_weight, to_bias] = at::convolution_backward(
      seen_by_cpu(gradient), seen_by_cpu(x), seen_by_cpu(weight), at::OptionalIntArrayRef(bias), stride, padding,
      dilation, transposed, output_padding, groups, mask);
  return {brought_back(to_x), brought_back(to_weight), brought_back(to_bias)};
}

// As on a GPU, a number of the CPU may stand beside tensors of the device; a tensor may not.
inline void refuse_mixtures(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const std::string& name = op.schema().name();
  if (name == "aten::index" || name == "aten::index_put_" || name == "aten::_index_put_impl_") return;
  const auto check = [&](const at::Tensor& tensor) {
    TORCH_CHECK(!tensor.defined() || tensor.device() == kDevice || tensor.dim() == 0, "expected all tensors of ", name,
                " to be on ", kDevice, ", found one [", tensor.sizes(), "] on ", tensor.device());
  };
  for (const c10::IValue& value : torch::jit::last(stack, op.schema().arguments().size())) {
    if (value.isTensor()) check(value.toTensor());
    if (value.isTensorList())
      for (const at::Tensor& tensor : value.toTensorVector()) check(tensor);
    if (value.isOptionalTensorList())
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
        if (tensor) check(*tensor);
  }
}
// Computes an operator on the CPU in the device's own memory, strides and all.
class OnCpu {
 public:
  explicit OnCpu(const c10::OperatorHandle& op) : op_(op) {}

  void run(torch::jit::Stack* stack) {
    const auto arguments = op_.schema().arguments().size();
    for (std::size_t i = stack->size() - arguments; i < stack->size(); ++i) take((*stack)[i]);
    op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
    for (const auto& [original, seen] : resized_) {
      give_size_(original, seen.sizes(), std::nullopt);
      copy_from(seen, original, false);
    }
    for (std::size_t i = stack->size() - op_.schema().returns().size(); i < stack->size(); ++i) give((*stack)[i]);
  }

 private:
  at::Tensor taken(const at::Tensor& tensor) {
    if (!tensor.defined() || tensor.device() != kDevice) return tensor;
    // What has no memory yet is made by the operator.
    const at::Tensor seen =
        tensor.numel() == 0 ? at::empty(tensor.sizes(), tensor.options().device(at::kCPU)) : seen_by_cpu(tensor);
    if (tensor.numel() == 0) resized_.emplace_back(tensor, seen);
    seen_.emplace_back(tensor, seen);
    return seen;
  }
  void take(c10::IValue& value) {
    if (value.isTensor()) {
      value = taken(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(taken(tensor));
      value = list;
    } else if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> list;
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
        list.push_back(tensor ? std::optional(taken(*tensor)) : std::nullopt);
      value = list;
    } else if (value.isDevice()) {
      value = c10::Device(at::kCPU);
    }
  }
  at::Tensor given(const at::Tensor& made) const {
    for (const auto& [original, seen] : seen_)
      if (seen.is_same(made)) return original;
    return brought_back(made);
  }
  void give(c10::IValue& value) const {
    if (value.isTensor()) {
      value = given(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(given(tensor));
      value = list;
    }
  }

  const c10::OperatorHandle& op_;
  std::vector<std::pair<at::Tensor, at::Tensor>> seen_, resized_;
};

inline void compute(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  refuse_mixtures(op, *stack);
  ++operators;
  OnCpu(op).run(stack);
}

TORCH_LIBRARY_IMPL(_, HPU, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&compute>()); }
// Numbers that are to be conjugated or negated when they are read are copied as such.
TORCH_LIBRARY_IMPL(aten, Conjugate, library) { library.impl("_copy_from", torch::CppFunction::makeFallthrough()); }
TORCH_LIBRARY_IMPL(aten, Negative, library) { library.impl("_copy_from", torch::CppFunction::makeFallthrough()); }
TORCH_LIBRARY_IMPL(aten, HPU, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("as_strided", at::native::as_strided_tensorimpl);
  library.impl("view", at::native::view);
  library.impl("_reshape_alias", at::native::_reshape_alias);
  library.impl("view_as_complex", at::native::view_as_complex);
  library.impl("view_as_real", at::native::view_as_real);
  library.impl("resize_", &give_size_);
  library.impl("_copy_from", &copy_from);
  library.impl("_copy_from_and_resize", &copy_from_and_resize);
  library.impl("_local_scalar_dense", &local_scalar);
  library.impl("convolution_overrideable", &convolution);
  library.impl("convolution_backward_overrideable", &convolution_backward);
}

}  // namespace borrowed_device
