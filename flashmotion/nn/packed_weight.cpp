#include "flashmotion/nn/packed_weight.hpp"

#include "flashmotion/base/error.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {
namespace packed_weight_detail {

// What each of the 256 values of a byte stands for.
using Values = std::array<float, 256>;

Values values_of(at::ScalarType type) {
  Values values{};
  for (int i = 0; i < 256; ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    values[static_cast<std::size_t>(i)] =
        type == at::kChar ? static_cast<float>(static_cast<std::int8_t>(byte))
                          : static_cast<float>(c10::Float8_e4m3fn(byte, c10::Float8_e4m3fn::from_bits()));
  }
  return values;
}

const Values& values_for(at::ScalarType type) {
  static const Values integers = values_of(at::kChar), floats = values_of(at::kFloat8_e4m3fn);
  return type == at::kChar ? integers : floats;
}

// The operators below convert whole matrices to float32 on the CPU; this needs no memory.
template <class T>
void unpack_on_cpu(const PackedWeight& packed, const Tensor& to) {
  const Values& values = values_for(packed.numbers.scalar_type());
  const auto* const numbers = static_cast<const std::uint8_t*>(packed.numbers.const_data_ptr());
  const auto* const scale = packed.scale.const_data_ptr<float>();
  const std::int64_t width = to.size(1), scale_step = packed.scale.size(0) == 1 ? 0 : 1;
  T* const out = to.data_ptr<T>();
  at::parallel_for(0, to.size(0), 1 + (1 << 15) / width, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float factor = scale[row * scale_step];
      Values scaled;
      for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] = values[i] * factor;
      std::array<T, 256> rounded;
      for (std::size_t i = 0; i < scaled.size(); ++i) rounded[i] = static_cast<T>(scaled[i]);
      const std::uint8_t* const from = numbers + row * width;
      T* const line = out + row * width;
      for (std::int64_t column = 0; column < width; ++column) line[column] = rounded[from[column]];
    }
  });
}

}  // namespace packed_weight_detail

PackedWeight pack(const Tensor& weight, WeightFormat format) {
  const torch::NoGradGuard no_grad;
  const at::ScalarType type = format == WeightFormat::int8 ? at::kChar : at::kFloat8_e4m3fn;
  const double largest = format == WeightFormat::int8 ? 127.0 : 448.0;
  const Tensor numbers = weight.detach().to(at::kFloat);
  PackedWeight packed;
  packed.scale = format == WeightFormat::fp8_tensor ? numbers.abs().amax().view({1, 1}) : numbers.abs().amax(1, true);
  if (!packed.scale.isfinite().all().item<bool>())
    throw InputError("a weight has infinities or NaNs, which cannot be quantised; the checkpoint is damaged");
  packed.scale = (packed.scale / largest).masked_fill_(packed.scale == 0, 1.0);
  // A copy in any case: what was given may be float32 itself.
  Tensor scaled = (numbers / packed.scale).clamp_(-largest, largest);
  if (type == at::kChar) scaled.round_();
  packed.numbers = scaled.to(type);
  return packed;
}

void unpack(const PackedWeight& packed, const Tensor& to) {
  const torch::NoGradGuard no_grad;
  if (!to.device().is_cpu()) {
    to.copy_(packed.numbers);
    to.mul_(packed.scale);
    return;
  }
  if (to.scalar_type() == at::kFloat)
    packed_weight_detail::unpack_on_cpu<float>(packed, to);
  else if (to.scalar_type() == at::kBFloat16)
    packed_weight_detail::unpack_on_cpu<c10::BFloat16>(packed, to);
  else
    to.copy_(packed.numbers.to(at::kFloat).mul_(packed.scale));
}

}  // namespace flashmotion::nn
