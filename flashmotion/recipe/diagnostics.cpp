#include "flashmotion/recipe/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

namespace flashmotion {
namespace diagnostics_detail {

/// Line `number` (from 1) of a text, without its end; number 0 is the first line too (options have no lines).
std::string_view line_of(std::string_view text, std::int64_t number) {
  for (std::int64_t i = 1; i < number; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Cuts UTF-8 text into characters (code points), which is how columns are counted.
std::vector<std::string_view> characters(std::string_view line) {
  std::vector<std::string_view> cut;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = i + 1;
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) ++end;
    cut.push_back(line.substr(i, end - i));
    i = end;
  }
  return cut;
}

}  // namespace diagnostics_detail

Diagnostics::Diagnostics() = default;
Diagnostics::~Diagnostics() = default;

void Diagnostics::add_source(std::string file, std::string text, std::string inherited_by) {
  sources_.push_back({std::move(file), std::move(text), std::move(inherited_by)});
}

void Diagnostics::error(const SourceRegion& where, std::string_view message, std::string_view note) {
  mistakes_.push_back({where, std::string(message), std::string(note)});
}

std::size_t Diagnostics::rank(const std::string& file) const {
  for (std::size_t i = 0; i < sources_.size(); ++i)
    if (sources_[i].file == file) return i;
  return sources_.size();
}

std::string Diagnostics::excerpt(const SourceRegion& where) const {
  constexpr std::size_t kWidest = 160;  // characters of a line that are shown
  const std::size_t source = rank(where.begin.file);
  if (source == sources_.size() || where.begin.column <= 0) return {};
  const std::string_view line = diagnostics_detail::line_of(sources_[source].text, where.begin.line);
  const auto characters = diagnostics_detail::characters(line);
  const auto column = std::min(static_cast<std::size_t>(where.begin.column - 1), characters.size());

  // Of a very long line only the part around the mark is shown.
  const std::size_t first = column < kWidest ? 0 : column - kWidest / 2;
  const std::size_t last = std::min(characters.size(), first + kWidest);
  std::string shown;
  std::string blanks;
  for (std::size_t i = first; i < last; ++i) {
    const auto byte = static_cast<unsigned char>(characters[i].front());
    const bool control = byte < 0x20 && byte != '\t';
    if (control || byte == 0x7F)
      shown += '?';
    else
      shown += characters[i];
    if (i < column) blanks += byte == '\t' ? '\t' : ' ';
  }
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(where.length, 1));
  const std::size_t marked = std::max<std::size_t>(std::min(length, last - std::min(column, last)), 1);
  const std::string number = where.begin.line > 0 ? fmt::format("{:5}", where.begin.line) : std::string(5, ' ');
  return fmt::format("{} | {}\n      | {}^{}\n", number, shown, blanks, std::string(marked - 1, '~'));
}

std::string Diagnostics::text() const {
  constexpr std::size_t kMostPrinted = 100;
  if (mistakes_.empty()) return {};

  std::vector<std::size_t> order(mistakes_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto place = [this](std::size_t i) {
    const SourceLocation& at = mistakes_[i].where.begin;
    return std::make_tuple(rank(at.file), at.line, at.column, i);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });

  std::string out;
  for (std::size_t i = 0; i < std::min(order.size(), kMostPrinted); ++i) {
    const Mistake& mistake = mistakes_[order[i]];
    const std::string at = mistake.where.begin.str();
    out += fmt::format("{}{}error: {}\n", at, at.empty() ? "" : ": ", mistake.message);
    out += excerpt(mistake.where);
    const std::size_t source = rank(mistake.where.begin.file);
    if (source < sources_.size() && !sources_[source].inherited_by.empty())
      out += fmt::format("    inherited through {}\n", sources_[source].inherited_by);
    if (!mistake.note.empty()) out += fmt::format("    note: {}\n", mistake.note);
  }
  if (order.size() > kMostPrinted) out += fmt::format("… and {} more\n", order.size() - kMostPrinted);
  out += fmt::format("{} {}, nothing was started", order.size(), order.size() == 1 ? "error" : "errors");
  return out;
}

void Diagnostics::throw_if_any() const {
  if (!mistakes_.empty()) throw RecipeError(text());
}

}  // namespace flashmotion
