#include "flashmotion/io/event_file.hpp"

#include "flashmotion/io/crc32c.hpp"

#include <bit>
#include <cstddef>

namespace flashmotion {
namespace event_file_detail {

// Protobuf: a field is its number and kind, then what it holds.
enum class Kind : std::uint64_t { varint = 0, bytes = 2, fixed32 = 5 };

// Fields of the messages `Event`, `Summary` and `Summary.Value`. A number that is missing is 0.
constexpr std::uint64_t kStep = 2, kFileVersion = 3, kSummary = 5;
constexpr std::uint64_t kValue = 1;
constexpr std::uint64_t kTag = 1, kSimpleValue = 2;

void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out += static_cast<char>((number & 0x7FU) | 0x80U);
  out += static_cast<char>(number);
}

template <class Number>
void put_fixed(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof(number); ++i) out += static_cast<char>(number >> 8 * i & 0xFFU);
}

void put_key(std::string& out, std::uint64_t field, Kind kind) {
  put_varint(out, field << 3U | static_cast<std::uint64_t>(kind));
}

void put_bytes(std::string& out, std::uint64_t field, std::string_view bytes) {
  put_key(out, field, Kind::bytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Files of checksums that hold checksums: the mask keeps one from being a part of the other.
std::uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U; }

}  // namespace event_file_detail

std::string event_record(std::string_view message) {
  using namespace event_file_detail;
  std::string record;
  put_fixed(record, static_cast<std::uint64_t>(message.size()));
  put_fixed(record, masked_crc(record));
  record += message;
  put_fixed(record, masked_crc(message));
  return record;
}

std::string event_file_start() {
  using namespace event_file_detail;
  std::string event;
  put_bytes(event, kFileVersion, "brain.Event:2");
  return event_record(event);
}

std::string scalar_record(std::int64_t step, std::span<const Scalar> scalars) {
  using namespace event_file_detail;
  std::string summary;
  for (const Scalar& scalar : scalars) {
    std::string value;
    put_bytes(value, kTag, scalar.tag);
    put_key(value, kSimpleValue, Kind::fixed32);
    put_fixed(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
    put_bytes(summary, kValue, value);
  }
  std::string event;
  if (step != 0) {
    put_key(event, kStep, Kind::varint);
    put_varint(event, static_cast<std::uint64_t>(step));
  }
  put_bytes(event, kSummary, summary);
  return event_record(event);
}

}  // namespace flashmotion
