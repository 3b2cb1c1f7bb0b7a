#include "flashmotion/recipe/rules.hpp"

#include "flashmotion/base/suggest.hpp"

#include <fmt/format.h>

namespace flashmotion::detail {

std::string number_text(double value) { return fmt::format("{}", value); }
std::string number_text(std::int64_t value) { return fmt::format("{}", value); }

std::string rule_text(std::string_view words, const std::string& value) { return fmt::format("{} {}", words, value); }

std::string between_text(const std::string& low, const std::string& high) {
  return fmt::format("be between {} and {}", low, high);
}

std::string one_of_text(const std::vector<std::string>& names) { return "be one of " + quoted_list(names); }

}  // namespace flashmotion::detail
