#include "flashmotion/nn/gpu_kernels.hpp"

#include "flashmotion/core/on_stream.hpp"
#include "flashmotion/kernels/loaded_kernels.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <cstdint>
#include <initializer_list>

namespace flashmotion::nn::gpu {
namespace gpu_kernels_detail {

const cuda::KernelTable* table() { return cuda::loaded_kernels(); }

bool aligned(const Tensor& x) { return reinterpret_cast<std::uintptr_t>(x.const_data_ptr()) % 16 == 0; }

bool known_type(const Tensor& x) { return x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16; }

cuda::Number number(c10::ScalarType type) {
  return type == at::kFloat ? cuda::Number::float32 : cuda::Number::bfloat16;
}

cuda::Rows rows(const Tensor& x) { return {x.const_data_ptr(), number(x.scalar_type())}; }

// Whether kernels may be used on these tensors at all.
bool usable(std::initializer_list<const Tensor*> tensors) {
  for (const Tensor* tensor : tensors) {
    if (!tensor->is_cuda() || !known_type(*tensor) || !aligned(*tensor)) return false;
    if (at::GradMode::is_enabled() && tensor->requires_grad()) return false;
  }
  return table() != nullptr;
}

// How rows of x take rows of a table.
struct Groups {
  std::int64_t rows_each, stride;
};
std::optional<Groups> groups_of(const Tensor& x, const Tensor& table) {
  if (table.scalar_type() != at::kFloat || table.stride(-1) != 1 || table.size(-1) != x.size(-1)) return std::nullopt;
  const std::int64_t all = x.numel() / x.size(-1);
  if (table.dim() == 1) return Groups{all, 0};
  if (x.dim() != 4 || table.dim() != 4 || table.size(0) != x.size(0) || table.size(2) != 1) return std::nullopt;
  const std::int64_t levels = table.size(1);
  const bool whole = levels == 1;
  if (!whole && levels != x.size(1)) return std::nullopt;
  if (!whole && x.size(0) > 1 && table.stride(0) != levels * table.stride(1)) return std::nullopt;
  const std::int64_t stride = whole ? table.stride(0) : table.stride(1);
  if (stride % 4 != 0) return std::nullopt;  // rows begin at whole vectors
  return Groups{whole ? all / x.size(0) : all / (x.size(0) * levels), stride};
}

bool fits(std::int64_t width) { return width % 8 == 0 && width <= cuda::kLongestRow; }

template <class Arguments>
void launch(int (*kernel)(const Arguments&, void*), const Arguments& arguments, const Tensor& on) {
  on_current_stream(on.device(), [&](void* stream) { return kernel(arguments, stream); });
}

}  // namespace gpu_kernels_detail

using namespace gpu_kernels_detail;

bool have_kernels() { return table() != nullptr; }

std::optional<Tensor> norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double base, double epsilon,
                           c10::ScalarType type, bool round_normal) {
  if (!usable({&x, &scale, &shift}) || !x.is_contiguous() || !fits(x.size(-1))) return std::nullopt;
  if (type != at::kFloat && type != at::kBFloat16) return std::nullopt;
  const auto groups = groups_of(x, scale), other = groups_of(x, shift);
  if (!groups || !other || groups->rows_each != other->rows_each || groups->stride != other->stride)
    return std::nullopt;
  Tensor out = at::empty(x.sizes(), x.options().dtype(type));
  launch(table()->norm_rows,
         cuda::NormRows{.x = rows(x),
                        .out = out.mutable_data_ptr(),
                        .out_type = number(type),
                        .rows = x.numel() / x.size(-1),
                        .width = x.size(-1),
                        .scale = scale.const_data_ptr<float>(),
                        .shift = shift.const_data_ptr<float>(),
                        .rows_per_group = groups->rows_each,
                        .group_stride = groups->stride,
                        .base = static_cast<float>(base),
                        .epsilon = static_cast<float>(epsilon),
                        .round_normal = round_normal},
         x);
  return out;
}

std::optional<Tensor> turned_norm(const Tensor& x, const Tensor& weight, const Tensor& turns, std::int64_t heads,
                                  double epsilon, bool keeps_type) {
  if (!usable({&x, &weight}) || !x.is_contiguous() || !weight.is_contiguous() || !fits(x.size(-1)) || x.dim() != 3)
    return std::nullopt;
  const std::int64_t head_width = x.size(-1) / heads;
  if (head_width % 8 != 0) return std::nullopt;
  if (turns.defined() && (!turns.is_cuda() || turns.scalar_type() != at::kComplexFloat || !turns.is_contiguous() ||
                          !aligned(turns) || turns.size(0) != x.size(1) || turns.size(-1) != head_width / 2))
    return std::nullopt;
  Tensor out = at::empty_like(x);
  launch(table()->turn_rows,
         cuda::TurnRows{.x = rows(x),
                        .out = out.mutable_data_ptr(),
                        .out_type = number(x.scalar_type()),
                        .rows = x.numel() / x.size(-1),
                        .width = x.size(-1),
                        .head_width = head_width,
                        .weight = rows(weight),
                        .turns = turns.defined() ? static_cast<const float*>(turns.const_data_ptr()) : nullptr,
                        .tokens = x.size(1),
                        .epsilon = static_cast<float>(epsilon),
                        .round_normal = keeps_type,
                        .round_scaled = !keeps_type || weight.scalar_type() == x.scalar_type()},
         x);
  return out;
}

std::optional<Tensor> gated_sum(const Tensor& x, const Tensor& y, const Tensor& gate) {
  if (!usable({&x, &y, &gate}) || !x.is_contiguous() || !y.is_contiguous() || x.sizes() != y.sizes() ||
      !fits(x.size(-1)))
    return std::nullopt;
  const auto groups = groups_of(x, gate);
  if (!groups) return std::nullopt;
  Tensor out = at::empty_like(x);
  launch(table()->gate_rows,
         cuda::GateRows{.x = rows(x),
                        .y = rows(y),
                        .out = out.mutable_data_ptr(),
                        .rows = x.numel() / x.size(-1),
                        .width = x.size(-1),
                        .gate = gate.const_data_ptr<float>(),
                        .rows_per_group = groups->rows_each,
                        .group_stride = groups->stride},
         x);
  return out;
}

bool channel_norm_silu(const Tensor& x, const Tensor& gamma, const Tensor& out) {
  if (x.dim() != 5 || !usable({&x, &gamma, &out}) || !gamma.is_contiguous()) return false;
  const std::int64_t channels = x.size(1);
  if (x.stride(1) != 1 || out.stride(1) != 1 || channels % 8 != 0 || channels > cuda::kLongestPixel) return false;
  if (x.scalar_type() != out.scalar_type()) return false;
  cuda::NormPixels arguments{.x = rows(x),
                             .out = out.mutable_data_ptr(),
                             .batch = x.size(0),
                             .frames = x.size(2),
                             .height = x.size(3),
                             .width = x.size(4),
                             .channels = channels,
                             .x_strides = {},
                             .out_strides = {},
                             .gamma = rows(gamma)};
  for (std::size_t i = 0; const std::int64_t axis : {0, 2, 3, 4}) {
    if (x.stride(axis) % 8 != 0 || out.stride(axis) % 8 != 0) return false;
    arguments.x_strides[i] = x.stride(axis);
    arguments.out_strides[i++] = out.stride(axis);
  }
  launch(table()->norm_pixels, arguments, x);
  return true;
}

}  // namespace flashmotion::nn::gpu
