#include "flashmotion/base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace flashmotion {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + differs});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

std::optional<std::string> nearest_name(std::string_view wanted, std::span<const std::string> known) {
  constexpr std::size_t kLongestName = 256;  // longer ones are no slips of the finger, and the table grows with them
  if (wanted.empty() || wanted.size() > kLongestName) return std::nullopt;
  const std::size_t limit = wanted.size() <= 3 ? 1 : std::max<std::size_t>(2, wanted.size() / 3);
  std::optional<std::string> best;
  std::size_t best_distance = limit + 1;
  for (const std::string& name : known) {
    const std::size_t longer = std::max(name.size(), wanted.size());
    if (longer - std::min(name.size(), wanted.size()) > limit) continue;
    const std::size_t distance = edit_distance(wanted, name);
    if (distance >= best_distance) continue;
    best = name;
    best_distance = distance;
  }
  return best;
}

std::string quoted_list(std::span<const std::string> names) {
  if (names.empty()) return "none";
  std::string text;
  for (const std::string& name : names) text += fmt::format("{}'{}'", text.empty() ? "" : ", ", name);
  return text;
}

std::string suggestion(std::string_view wanted, std::span<const std::string> known, std::string_view label) {
  if (const auto near = nearest_name(wanted, known)) return fmt::format("; did you mean '{}'?", *near);
  return fmt::format("; {}: {}", label, quoted_list(known));
}

}  // namespace flashmotion
