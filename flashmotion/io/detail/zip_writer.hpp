#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion::zip_detail {

/// Appends the low `width` bytes of a number, the lowest first.
void put(std::string& text, std::uint64_t number, int width);

/// Writes a zip archive of files that are stored as they are, each at a multiple of 64 bytes, with 64-bit sizes where
/// they are needed. The bytes go to `sink` in order.
class ZipWriter {
 public:
  explicit ZipWriter(std::function<void(std::string_view)> sink) : sink_(std::move(sink)) {}

  void add(const std::string& name, std::string_view bytes);
  /// Writes the directory; nothing is added after it.
  void finish();

 private:
  struct Record {
    std::string name;
    std::uint64_t begin = 0;  // of its header
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
  };

  void write(std::string_view bytes) {
    sink_(bytes);
    at_ += bytes.size();
  }

  std::function<void(std::string_view)> sink_;
  std::uint64_t at_ = 0;
  std::vector<Record> records_;
};

}  // namespace flashmotion::zip_detail
