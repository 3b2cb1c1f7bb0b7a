#pragma once

#include "flashmotion/base/export.hpp"

#include <functional>
#include <string>
#include <vector>

namespace flashmotion {

/// What one law says of a component.
struct LawResult {
  std::string law;  // its short name: `identity`
  bool holds = false;
  std::string detail;  // the law in a sentence when it holds, or else what broke it
};

using LawResults = std::vector<LawResult>;

/// Collects the laws of one component.
class FLASHMOTION_EXPORT LawBook {
 public:
  /// Judges a law and returns whether it holds. `find` says what breaks it, nothing when it holds; an error that it
  /// throws breaks the law too. Interrupted goes on.
  bool judge(const std::string& law, const std::string& sentence, const std::function<std::string()>& find);

  [[nodiscard]] const LawResults& results() const { return results_; }

 private:
  LawResults results_;
};

}  // namespace flashmotion
