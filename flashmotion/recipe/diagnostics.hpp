#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/node.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Collects the mistakes of a recipe and prints them together, each with its line and a caret.
class FLASHMOTION_EXPORT Diagnostics final : public Reporter {
 public:
  Diagnostics();
  ~Diagnostics() override;

  /// Text of a file (or of an option) that locations name, so that lines can be shown. `inherited_by` is the place
  /// that takes the file's values over; mistakes in them name it.
  void add_source(std::string file, std::string text, std::string inherited_by = {});

  void error(const SourceRegion& where, std::string_view message, std::string_view note = {}) override;
  [[nodiscard]] std::size_t count() const override { return mistakes_.size(); }
  [[nodiscard]] bool empty() const { return mistakes_.empty(); }

  /// `file:line:column: error: …`, the line and a caret for each mistake, by file and line, and at the end
  /// `N errors, nothing was started`. The first hundred mistakes are printed. Empty when there are none.
  [[nodiscard]] std::string text() const;
  /// Throws `RecipeError` with the whole text when there is a mistake.
  void throw_if_any() const;

 private:
  struct Mistake {
    SourceRegion where;
    std::string message;
    std::string note;
  };
  struct Source {
    std::string file;
    std::string text;
    std::string inherited_by;
  };

  /// Place of a file in the order of `add_source`; unknown files come last.
  [[nodiscard]] std::size_t rank(const std::string& file) const;
  /// The marked line: `    7 | stepz = 4` and below it the caret; empty when the text is not known.
  [[nodiscard]] std::string excerpt(const SourceRegion& where) const;

  std::vector<Mistake> mistakes_;
  std::vector<Source> sources_;
};

}  // namespace flashmotion
