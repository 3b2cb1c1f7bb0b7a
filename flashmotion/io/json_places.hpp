#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/text_place.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// The byte where the word or text begins whose last byte is given: a JSON parser names the byte at which it gave up.
[[nodiscard]] FLASHMOTION_EXPORT std::size_t json_token_start(std::string_view text, std::size_t byte);

/// Where each value of a JSON text stands, by path (`objects[1].keys[0].box`; the whole is ``). The text
/// must be valid JSON: a parser has seen it before.
class FLASHMOTION_EXPORT JsonPlaces {
 public:
  explicit JsonPlaces(std::string_view text);

  /// The place of a path; of the nearest enclosing value when there is no such path.
  [[nodiscard]] TextPlace find(std::string path) const;
  /// The place of the key that names this path; where the path is given twice, of the second.
  [[nodiscard]] TextPlace key(const std::string& path) const;
  /// Paths that an object gives twice, in the order of the text.
  [[nodiscard]] const std::vector<std::string>& repeated() const { return repeated_; }

 private:
  void value(const std::string& path);
  void space();
  std::string_view string();

  std::string_view text_;
  std::size_t at_ = 0;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::map<std::string, std::size_t, std::less<>> keys_;
  std::vector<std::string> repeated_;
};

}  // namespace flashmotion
