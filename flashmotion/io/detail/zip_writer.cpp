#include "flashmotion/io/detail/zip_writer.hpp"

#include "flashmotion/io/detail/zip_directory.hpp"

#include <algorithm>

namespace flashmotion::zip_detail {
namespace {

constexpr std::uint64_t kFileAlignment = 64;
constexpr std::uint64_t kHeaderSize = 30;
constexpr std::uint64_t kWide = 0xffffffff;  // the number stands in a 64-bit field instead

}  // namespace

void put(std::string& text, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i) text += static_cast<char>(number >> (8 * i));
}

// The header states checksum and size, and an extra field moves the bytes to their boundary.
void ZipWriter::add(const std::string& name, std::string_view bytes) {
  const Record record{name, at_, bytes.size(), crc32(bytes)};
  std::string extra;
  if (record.size >= kWide) {
    put(extra, 1, 2);
    put(extra, 16, 2);
    put(extra, record.size, 8);
    put(extra, record.size, 8);
  }
  const std::uint64_t unpadded = at_ + kHeaderSize + record.name.size() + extra.size() + 4;
  const std::uint64_t padding = (kFileAlignment - unpadded % kFileAlignment) % kFileAlignment;
  extra += "FB";
  put(extra, padding, 2);
  extra.append(padding, 'Z');
  std::string header;
  put(header, 0x04034b50, 4);
  put(header, record.size >= kWide ? 45 : 20, 2);
  put(header, 0x0800, 2);  // names are UTF-8
  put(header, 0, 6);       // stored; no date
  put(header, record.crc, 4);
  put(header, std::min(record.size, kWide), 4);
  put(header, std::min(record.size, kWide), 4);
  put(header, record.name.size(), 2);
  put(header, extra.size(), 2);
  write(header + record.name + extra);
  write(bytes);
  records_.push_back(record);
}

void ZipWriter::finish() {
  const std::uint64_t begin = at_;
  for (const Record& record : records_) {
    std::string extra;
    if (record.size >= kWide || record.begin >= kWide) {
      put(extra, 1, 2);
      put(extra, (record.size >= kWide ? 16 : 0) + (record.begin >= kWide ? 8 : 0), 2);
      if (record.size >= kWide) {
        put(extra, record.size, 8);
        put(extra, record.size, 8);
      }
      if (record.begin >= kWide) put(extra, record.begin, 8);
    }
    std::string entry;
    put(entry, 0x02014b50, 4);
    put(entry, 45, 2);
    put(entry, extra.empty() ? 20 : 45, 2);
    put(entry, 0x0800, 2);
    put(entry, 0, 6);
    put(entry, record.crc, 4);
    put(entry, std::min(record.size, kWide), 4);
    put(entry, std::min(record.size, kWide), 4);
    put(entry, record.name.size(), 2);
    put(entry, extra.size(), 2);
    put(entry, 0, 8);
    put(entry, 0, 2);
    put(entry, std::min(record.begin, kWide), 4);
    entry += record.name;
    entry += extra;
    write(entry);
  }
  const std::uint64_t end = at_;
  std::string tail;
  const bool large = end >= kWide || records_.size() >= 0xffff;
  if (large) {
    put(tail, 0x06064b50, 4);
    put(tail, 44, 8);
    put(tail, 45, 2);
    put(tail, 45, 2);
    put(tail, 0, 8);
    put(tail, records_.size(), 8);
    put(tail, records_.size(), 8);
    put(tail, end - begin, 8);
    put(tail, begin, 8);
    put(tail, 0x07064b50, 4);
    put(tail, 0, 4);
    put(tail, end, 8);
    put(tail, 1, 4);
  }
  put(tail, 0x06054b50, 4);
  put(tail, 0, 4);
  put(tail, large ? 0xffff : records_.size(), 2);
  put(tail, large ? 0xffff : records_.size(), 2);
  put(tail, large ? kWide : end - begin, 4);
  put(tail, large ? kWide : begin, 4);
  put(tail, 0, 2);
  write(tail);
}

}  // namespace flashmotion::zip_detail
