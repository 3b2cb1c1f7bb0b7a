#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"

#include <c10/core/ScalarType.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace flashmotion::cli {

/// The value of --dtype: `bf16` or `fp32`.
inline at::ScalarType dtype_of(const std::string& name) {
  if (name == "fp32") return at::kFloat;
  if (name == "bf16") return at::kBFloat16;
  const std::vector<std::string> names{"bf16", "fp32"};
  throw InputError(fmt::format("no type of number named '{}'{}", name, suggestion(name, names, "there are")));
}

/// A word of an enumeration; `what` stands for it in the message.
template <class E>
E word_of(const std::string& name, const char* what) {
  if (const auto value = parse_enum<E>(name)) return *value;
  throw InputError(fmt::format("no {} named '{}'{}", what, name, suggestion(name, enum_words<E>(), "there are")));
}

}  // namespace flashmotion::cli
