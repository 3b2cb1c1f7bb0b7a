#include "flashmotion/io/npy.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <vector>

namespace flashmotion {
namespace npy_detail {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31;
constexpr std::int64_t kMaxNumbers = std::int64_t{1} << 28;
constexpr std::size_t kMaxHeader = 10'000;
constexpr std::size_t kMaxAxes = 16;
constexpr std::size_t kAlignment = 64;

struct Header {
  std::string type;  // as NumPy writes it: "<f8"
  bool columns = false;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;  // of the numbers
};

// The header is a dictionary of Python with three keys.
class HeaderReader {
 public:
  HeaderReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Header read() {
    if (!bytes_.starts_with(kMagic) || bytes_.size() < 10)
      throw InputError(fmt::format("'{}' is no NumPy file: it does not begin as one does", name_));
    const auto version = static_cast<unsigned char>(bytes_[6]);
    if (version < 1 || version > 3) fail(6, fmt::format("version {} of the format is not known; 1 to 3 are", version));
    const std::size_t width = version == 1 ? 2 : 4;
    std::size_t size = 0;
    if (bytes_.size() < 8 + width) fail(bytes_.size(), "the file ends in its header");
    for (std::size_t i = width; i > 0; --i) size = size << 8U | static_cast<unsigned char>(bytes_[7 + i]);
    at_ = 8 + width;
    if (size > kMaxHeader || size > bytes_.size() - at_) fail(8, "the header reaches beyond the end of the file");
    Header header;
    header.begin = at_ + size;
    text_ = bytes_.substr(0, header.begin);
    expect('{');
    while (!took('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header.type = quoted();
      } else if (key == "fortran_order") {
        header.columns = flag();
      } else if (key == "shape") {
        header.shape = shape();
      } else {
        fail(at_, fmt::format("the header has the key '{}', which is not known", key));
      }
      if (!took(',')) {
        expect('}');
        break;
      }
    }
    return header;
  }

  [[noreturn]] void fail(std::size_t byte, const std::string& what) const {
    throw InputError(fmt::format("'{}' cannot be read, at byte {}: {}", name_, byte, what));
  }

 private:
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool took(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!took(c)) fail(at_, fmt::format("the header is damaged: '{}' is missing", c));
  }
  std::string quoted() {
    space();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    const std::size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos)
      fail(at_, "the header is damaged: a word in quotation marks is missing; arrays of records are not read");
    std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }
  bool flag() {
    space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    fail(at_, "the header is damaged: 'fortran_order' is neither True nor False");
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!took(')')) {
      space();
      std::int64_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0 || extents.size() == kMaxAxes)
        fail(at_, "the header is damaged: the shape is no list of sizes");
      at_ = static_cast<std::size_t>(end - text_.data());
      extents.push_back(extent);
      if (!took(',')) {
        expect(')');
        break;
      }
    }
    return extents;
  }

  std::string_view bytes_;
  const std::string& name_;
  std::string_view text_{};  // up to the end of the header
  std::size_t at_ = 0;
};

template <class T>
void convert(const char* from, std::int64_t count, bool swapped, double* to) {
  for (std::int64_t i = 0; i < count; ++i, from += sizeof(T)) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, from, sizeof(T));
    if (swapped) std::reverse(bytes, bytes + sizeof(T));
    T value{};
    std::memcpy(&value, bytes, sizeof(T));
    to[i] = static_cast<double>(value);
  }
}

struct Type {
  std::string_view name;  // without the order of bytes
  std::size_t width;
  void (*convert)(const char*, std::int64_t, bool, double*);
};

constexpr std::array kTypes{
    Type{"f8", 8, convert<double>},        Type{"f4", 4, convert<float>},         Type{"f2", 2, convert<c10::Half>},
    Type{"b1", 1, convert<std::uint8_t>},  Type{"u1", 1, convert<std::uint8_t>},  Type{"i1", 1, convert<std::int8_t>},
    Type{"u2", 2, convert<std::uint16_t>}, Type{"i2", 2, convert<std::int16_t>},  Type{"u4", 4, convert<std::uint32_t>},
    Type{"i4", 4, convert<std::int32_t>},  Type{"u8", 8, convert<std::uint64_t>}, Type{"i8", 8, convert<std::int64_t>},
};

}  // namespace npy_detail

Tensor parse_npy(std::string_view bytes, const std::string& name) {
  using namespace npy_detail;
  HeaderReader reader(bytes, name);
  const Header header = reader.read();
  const std::string_view type = header.type;
  const bool ordered = !type.empty() && std::string_view("<>|=").find(type[0]) != std::string_view::npos;
  const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const Type& candidate) { return ordered && candidate.name == type.substr(1); });
  if (known == kTypes.end()) {
    throw InputError(
        fmt::format("'{}' holds values of the type '{}'; only numbers and truth values are read", name, header.type));
  }
  std::int64_t count = 1;
  std::int64_t steps = 1;  // also where another axis is empty
  for (const std::int64_t extent : header.shape) {
    count *= extent == 0 ? 0 : 1;
    if (__builtin_mul_overflow(steps, std::max<std::int64_t>(extent, 1), &steps) || steps > kMaxNumbers)
      throw InputError(fmt::format("'{}' holds more than {} numbers", name, kMaxNumbers));
  }
  count *= steps;
  const std::size_t needed = static_cast<std::size_t>(count) * known->width;
  if (bytes.size() - header.begin < needed) {
    reader.fail(bytes.size(),
                fmt::format("the file ends too early: {} bytes of numbers of {}", bytes.size() - header.begin, needed));
  }
  std::vector<std::int64_t> shape = header.shape;
  if (header.columns) std::reverse(shape.begin(), shape.end());
  Tensor values = at::empty(shape, at::kDouble);
  known->convert(bytes.data() + header.begin, count, type[0] == '>', values.data_ptr<double>());
  if (!header.columns) return values;
  std::vector<std::int64_t> axes(shape.size());
  for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(axes.size() - 1 - i);
  return values.permute(axes).contiguous();
}

Tensor read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path.string(), npy_detail::kMaxBytes), path.string());
}

std::string npy_bytes(const Tensor& array) {
  static_assert(std::endian::native == std::endian::little);
  const Tensor flat = array.detach().to(at::kCPU).contiguous();
  const at::ScalarType type = flat.scalar_type();
  FLASHMOTION_ASSERT(type == at::kFloat || type == at::kDouble || type == at::kBool);
  std::string shape;
  for (const std::int64_t extent : flat.sizes()) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
  if (flat.dim() == 1) shape += ",";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   type == at::kFloat    ? "<f4"
                                   : type == at::kDouble ? "<f8"
                                                         : "|b1",
                                   shape);
  constexpr std::size_t kBefore = 10;  // magic, version and length
  header.resize(
      (kBefore + header.size() + 1 + npy_detail::kAlignment - 1) / npy_detail::kAlignment * npy_detail::kAlignment -
          kBefore - 1,
      ' ');
  header += '\n';
  std::string bytes(npy_detail::kMagic);
  bytes += std::string("\x01\0", 2);
  bytes += static_cast<char>(header.size() & 0xffU);
  bytes += static_cast<char>(header.size() >> 8U);
  bytes += header;
  bytes.append(static_cast<const char*>(flat.const_data_ptr()), flat.nbytes());
  return bytes;
}

}  // namespace flashmotion
