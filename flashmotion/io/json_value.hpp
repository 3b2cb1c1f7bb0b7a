#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// A value of a JSON text that says where it stands: whatever is asked of it and is not so is an InputError with file,
/// line, column and path (`'vae.dim_mult[2]' must be ...`). Copies share the text.
class FLASHMOTION_EXPORT JsonValue {
 public:
  /// Throws InputError when the text is no JSON, is nested deeper than 32 levels or gives a key twice.
  static JsonValue parse(std::string text, std::string name);

  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_text() const;
  [[nodiscard]] bool is_null() const;

  /// The value of a key; none when it is missing or null. Throws unless this is an object (so do `at` and `keys`).
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  /// The value of a key that must be there and not null.
  [[nodiscard]] JsonValue at(std::string_view key) const;
  /// Sorted.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// The values of a list.
  [[nodiscard]] std::vector<JsonValue> elements() const;

  [[nodiscard]] std::int64_t whole(std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                                   std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] double number() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::vector<std::int64_t> wholes(std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                                                 std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::vector<double> numbers() const;

  /// Name of the text: the file's path.
  [[nodiscard]] const std::string& source() const;
  /// The value as JSON in one line.
  [[nodiscard]] std::string dump() const;
  /// Throws an InputError at this value; `what` goes on after its path.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  struct Document;
  JsonValue(std::shared_ptr<const Document> document, const void* node, std::string path)
      : document_(std::move(document)), node_(node), path_(std::move(path)) {}
  [[nodiscard]] JsonValue inner(const void* node, std::string path) const;

  std::shared_ptr<const Document> document_;
  const void* node_ = nullptr;  // in the document
  std::string path_;
};

/// Reads a JSON file of settings. Throws InputError when it cannot be read, has more than `max_bytes` or is no JSON.
[[nodiscard]] FLASHMOTION_EXPORT JsonValue read_json(const std::filesystem::path& path,
                                                     std::uint64_t max_bytes = 64'000'000);

}  // namespace flashmotion
