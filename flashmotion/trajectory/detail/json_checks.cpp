#include "flashmotion/trajectory/detail/json_checks.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/json_places.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion::trajectory_json {
namespace {

constexpr std::size_t kShown = 20;
constexpr std::size_t kKept = 1000;  // of one text; the rest is counted by nobody

}  // namespace

std::string At::text() const {
  if (parent_ == nullptr) return {};
  const std::string before = parent_->text();
  if (key_.empty()) return fmt::format("{}[{}]", before, index_);
  return before.empty() ? std::string(key_) : fmt::format("{}.{}", before, key_);
}

void Mistakes::add_repeated(const std::string& path) {
  mistakes_.push_back({path, fmt::format("'{}' is given twice", path), true});
}

void Mistakes::add(const At& at, const std::string& what) {
  if (mistakes_.size() >= kKept) return;
  const std::string path = at.text();
  mistakes_.push_back({path, path.empty() ? what : fmt::format("'{}' {}", path, what), false});
}

void Mistakes::add_key(const At& at, const std::string& what) {
  add(at, what);
  mistakes_.back().at_key = true;
}

void Mistakes::tell() const {
  if (mistakes_.empty()) return;
  const JsonPlaces places(text_);
  std::string text;
  SourceLocation first;
  for (std::size_t i = 0; i < std::min(mistakes_.size(), kShown); ++i) {
    const TextPlace place = mistakes_[i].at_key ? places.key(mistakes_[i].path) : places.find(mistakes_[i].path);
    const SourceLocation where{name_, place.line, place.column};
    if (i == 0) first = where;
    text += i == 0 ? mistakes_[i].text : fmt::format("\n{}: {}", where.str(), mistakes_[i].text);
  }
  if (mistakes_.size() > kShown) text += fmt::format("\nand {} more mistakes", mistakes_.size() - kShown);
  throw InputError(text, first);
}

}  // namespace flashmotion::trajectory_json
