#include "flashmotion/io/detail/zip_directory.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/inflate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace flashmotion::zip_detail {
namespace {

// Sizes and signatures of the records, as PKWARE's APPNOTE.TXT states them (4.3.7, 4.3.12, 4.3.14 to 4.3.16).
constexpr std::uint64_t kEndSize = 22;
constexpr std::uint64_t kEnd64Size = 56;
constexpr std::uint64_t kLocatorSize = 20;
constexpr std::uint64_t kCentralSize = 46;
constexpr std::uint64_t kLocalSize = 30;
constexpr std::uint64_t kMaxComment = 65535;
constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::uint32_t kEnd64Mark = 0x06064b50;
constexpr std::uint32_t kLocatorMark = 0x07064b50;
constexpr std::uint32_t kCentralMark = 0x02014b50;
constexpr std::uint32_t kLocalMark = 0x04034b50;
constexpr std::uint64_t kDeflated = 8;       // the method
constexpr std::uint32_t kIn64 = 0xffffffff;  // the number stands in a 64-bit field instead

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = (table[i] >> 1U) ^ ((table[i] & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return table;
}();

class Directory {
 public:
  Directory(std::string_view bytes, const std::string& name, ZipPacking allowed)
      : bytes_(bytes), name_(name), allowed_(allowed) {}

  std::map<std::string, ZipEntry, std::less<>> read() {
    const std::uint64_t end = find_end();
    std::uint64_t count = number(end + 10, 2);
    std::uint64_t size = number(end + 12, 4);
    std::uint64_t begin = number(end + 16, 4);
    std::uint64_t limit = end;
    if (end >= kLocatorSize && number(end - kLocatorSize, 4) == kLocatorMark) {
      const std::uint64_t end64 = number(end - kLocatorSize + 8, 8);
      if (end64 > bytes_.size() - kEnd64Size || number(end64, 4) != kEnd64Mark) {
        fail(end - kLocatorSize, "the archive's 64-bit end record is not where it should be");
      }
      count = number(end64 + 32, 8);
      size = number(end64 + 40, 8);
      begin = number(end64 + 48, 8);
      limit = end64;
    }
    if (begin > limit || size > limit - begin) {
      fail(end, fmt::format("the directory is said to lie at {} with {} bytes, beyond the archive's end", begin, size));
    }
    std::uint64_t at = begin;
    for (std::uint64_t i = 0; i < count; ++i) at = read_entry(at, begin + size);
    if (at != begin + size) fail(at, "the directory has another size than stated");
    check_overlaps(begin);
    return std::move(entries_);
  }

 private:
  [[noreturn]] void fail(std::uint64_t byte, const std::string& what) const {
    throw InputError(fmt::format("'{}' is damaged at byte {}: {}", name_, byte, what));
  }

  // Little-endian; 0 beyond the end.
  [[nodiscard]] std::uint64_t number(std::uint64_t at, int width) const {
    std::uint64_t value = 0;
    for (int i = width - 1; i >= 0; --i) {
      const std::uint64_t byte = at + static_cast<std::uint64_t>(i);
      value = (value << 8U) | (byte < bytes_.size() ? static_cast<unsigned char>(bytes_[byte]) : 0U);
    }
    return value;
  }

  // The end record is the last one whose comment reaches the end of the file.
  [[nodiscard]] std::uint64_t find_end() const {
    if (bytes_.size() < kEndSize) fail(bytes_.size(), "the file ends before an archive's end record could fit");
    const std::uint64_t last = bytes_.size() - kEndSize;
    for (std::uint64_t back = 0; back <= std::min(last, kMaxComment); ++back) {
      const std::uint64_t at = last - back;
      if (number(at, 4) == kEndMark && number(at + 20, 2) == back) return at;
    }
    fail(bytes_.size(), "the archive has no end record: the file is cut off, or is no zip archive");
  }

  // Reads the entry at `at` and returns where the next one begins.
  std::uint64_t read_entry(std::uint64_t at, std::uint64_t end) {
    if (at > end || end - at < kCentralSize || number(at, 4) != kCentralMark) {
      fail(at, "an entry of the directory is not where it should be");
    }
    const std::uint64_t name_size = number(at + 28, 2);
    const std::uint64_t extra_size = number(at + 30, 2);
    const std::uint64_t next = at + kCentralSize + name_size + extra_size + number(at + 32, 2);
    if (next > end) fail(at, "an entry of the directory reaches beyond it");
    const std::string entry_name(bytes_.substr(at + kCentralSize, name_size));
    ZipEntry entry;
    entry.size = number(at + 24, 4);
    entry.crc = static_cast<std::uint32_t>(number(at + 16, 4));
    entry.packed = number(at + 20, 4);
    std::uint64_t local = number(at + 42, 4);
    read_extra64(at + kCentralSize + name_size, extra_size, {&entry.size, &entry.packed, &local});
    if ((number(at + 8, 2) & 1U) != 0) fail(at, fmt::format("'{}' is encrypted", entry_name));
    const std::uint64_t method = number(at + 10, 2);
    entry.deflated = method == kDeflated && allowed_ == ZipPacking::deflated;
    if (!entry.deflated && (method != 0 || entry.packed != entry.size)) {
      fail(at, allowed_ == ZipPacking::stored
                   ? fmt::format("'{}' is compressed, and PyTorch stores files as they are", entry_name)
                   : fmt::format("'{}' is compressed in a way that is not known ({})", entry_name, method));
    }
    if (local > bytes_.size() || bytes_.size() - local < kLocalSize || number(local, 4) != kLocalMark) {
      fail(at, fmt::format("'{}' is said to lie at {}, where no file begins", entry_name, local));
    }
    entry.begin = local + kLocalSize + number(local + 26, 2) + number(local + 28, 2);
    if (bytes_.substr(local + kLocalSize, number(local + 26, 2)) != entry_name) {
      fail(local, fmt::format("a file is called otherwise than in the directory, '{}'", entry_name));
    }
    if (entry.begin > bytes_.size() || entry.packed > bytes_.size() - entry.begin) {
      fail(at, fmt::format("'{}' reaches beyond the end of the file: {} bytes from {} on, of {}", entry_name,
                           entry.packed, entry.begin, bytes_.size()));
    }
    locals_.emplace_back(local, entry.begin + entry.packed);
    if (!entries_.emplace(entry_name, entry).second) fail(at, fmt::format("'{}' is there twice", entry_name));
    return next;
  }

  // The 64-bit field holds, in this order, the numbers that the entry itself marks as being there.
  void read_extra64(std::uint64_t at, std::uint64_t size, const std::vector<std::uint64_t*>& numbers) const {
    const std::uint64_t end = at + size;
    while (end - at >= 4) {
      const std::uint64_t length = number(at + 2, 2);
      if (length > end - at - 4) fail(at, "an extra field reaches beyond its entry");
      if (number(at, 2) == 1) {
        std::uint64_t from = at + 4;
        for (std::uint64_t* value : numbers) {
          if (*value != kIn64) continue;
          if (from + 8 > at + 4 + length) fail(at, "a 64-bit field is too short");
          *value = number(from, 8);
          from += 8;
        }
        return;
      }
      at += 4 + length;
    }
  }

  void check_overlaps(std::uint64_t directory) {
    std::sort(locals_.begin(), locals_.end());
    for (std::size_t i = 0; i < locals_.size(); ++i) {
      const std::uint64_t limit = i + 1 < locals_.size() ? locals_[i + 1].first : directory;
      if (locals_[i].second > limit) fail(locals_[i].first, "a file reaches into the one behind it");
    }
  }

  std::string_view bytes_;
  const std::string& name_;
  ZipPacking allowed_;
  std::map<std::string, ZipEntry, std::less<>> entries_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> locals_;
};

}  // namespace

std::map<std::string, ZipEntry, std::less<>> read_zip_directory(std::string_view bytes, const std::string& name,
                                                                ZipPacking allowed) {
  return Directory(bytes, name, allowed).read();
}

std::string zip_content(std::string_view bytes, const ZipEntry& entry, const std::string& name) {
  const std::string_view packed = bytes.substr(entry.begin, entry.packed);
  std::string content = entry.deflated ? inflate_raw(packed, entry.size, name) : std::string(packed);
  // A checksum of 0 says that none was computed.
  if (entry.crc != 0 && crc32(content) != entry.crc) {
    throw InputError(
        fmt::format("'{}' is damaged at byte {}: a file in it has another checksum than stated; fetch the file again",
                    name, entry.begin));
  }
  return content;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = (crc >> 8U) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xffU];
  return ~crc;
}

}  // namespace flashmotion::zip_detail
