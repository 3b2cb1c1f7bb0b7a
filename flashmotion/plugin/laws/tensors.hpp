#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <string>
#include <vector>

// How the laws look at tensors. A text says what is wrong and is empty when nothing is.

namespace flashmotion::law_tensors {

/// Adds drawn numbers to every parameter, the zero-initialised ones too, so that nothing stays hidden behind a zero.
FLASHMOTION_EXPORT void shake_(const NamedTensors& tensors);
/// Copies of the values, for a comparison later.
[[nodiscard]] FLASHMOTION_EXPORT NamedTensors copies(const NamedTensors& tensors);

/// Copies values in order; both sides have the same tensors.
FLASHMOTION_EXPORT void copy_values_(const NamedTensors& from, const NamedTensors& to);
/// The same by way of a safetensors file. Throws InputError when names or shapes do not fit.
FLASHMOTION_EXPORT void copy_through_file_(const NamedTensors& from, const NamedTensors& to);
/// Whether this LibTorch can use a GPU here.
[[nodiscard]] FLASHMOTION_EXPORT bool has_cuda();

/// `[2, 3]`.
[[nodiscard]] FLASHMOTION_EXPORT std::string shape_text(at::IntArrayRef shape);
/// Wrong when the tensor is undefined, has another shape, or numbers that are not finite.
[[nodiscard]] FLASHMOTION_EXPORT std::string wrong_values(const std::string& what, const Tensor& have,
                                                          at::IntArrayRef shape);
/// The root mean square of the difference over that of `want`; infinite when the shapes differ or a value is not
/// finite.
[[nodiscard]] FLASHMOTION_EXPORT double distance(const Tensor& have, const Tensor& want);
/// The first tensor whose name or values differ.
[[nodiscard]] FLASHMOTION_EXPORT std::string difference(const NamedTensors& have, const NamedTensors& want);

/// Wrong when the gradient of `result`, summed with drawn weights that no symmetry cancels, is missing, not finite or
/// zero at one of the tensors. Their gradients are cleared before and after.
[[nodiscard]] FLASHMOTION_EXPORT std::string missing_gradient(const NamedTensors& tensors,
                                                              const std::vector<Tensor>& results);

}  // namespace flashmotion::law_tensors
