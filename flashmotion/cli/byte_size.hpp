#pragma once

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace flashmotion::cli {

/// Bytes of `8GiB`, `7.5 GB`, `900M` or `123456`: G, M and K alone mean GiB, MiB and KiB. `option` stands for it in the
/// message of the InputError that is thrown for anything else, and for nothing or less.
inline std::int64_t byte_size(std::string_view text, const char* option) {
  constexpr std::array<std::pair<std::string_view, double>, 11> units{{{"", 1.0},
                                                                       {"B", 1.0},
                                                                       {"K", 1024.0},
                                                                       {"KiB", 1024.0},
                                                                       {"KB", 1e3},
                                                                       {"M", 1048576.0},
                                                                       {"MiB", 1048576.0},
                                                                       {"MB", 1e6},
                                                                       {"G", 1073741824.0},
                                                                       {"GiB", 1073741824.0},
                                                                       {"GB", 1e9}}};
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, factor] : units) {
    const double bytes = number * factor;
    if (code == std::errc() && unit == name && bytes >= 1.0 && bytes < 1e18) return static_cast<std::int64_t>(bytes);
  }
  throw InputError(fmt::format("{} is '{}', which is no amount of memory; write it as 8GiB or 900MB", option, text));
}

}  // namespace flashmotion::cli
