#include "flashmotion/io/detail/inflate.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <zlib.h>

namespace flashmotion::zip_detail {

std::string inflate_raw(std::string_view packed, std::uint64_t size, const std::string& name) {
  constexpr std::uint64_t kMax = std::uint64_t{1} << 30;
  constexpr std::uint64_t kMostRatio = 1100;  // deflate cannot do better than 1032
  if (size > kMax || packed.size() > kMax || size > (packed.size() + 1) * kMostRatio) {
    throw InputError(
        fmt::format("'{}' is damaged: it is said to hold {} bytes, packed into {}", name, size, packed.size()));
  }
  std::string content(size, '\0');
  z_stream stream{};
  // A negative window: no header and no checksum around the data.
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib: out of memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int code = inflate(&stream, Z_FINISH);
  const bool whole = code == Z_STREAM_END && stream.avail_out == 0;
  const std::uint64_t read = packed.size() - stream.avail_in;
  inflateEnd(&stream);
  if (!whole) throw InputError(fmt::format("'{}' is damaged: its packed data break at byte {}", name, read));
  return content;
}

}  // namespace flashmotion::zip_detail
