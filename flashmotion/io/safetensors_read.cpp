#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/safetensors_types.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

namespace flashmotion {
namespace safetensors_detail {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // the limit of the format's own reader

struct Map {
  std::shared_ptr<void> bytes;
  std::uint64_t size = 0;
};

Map map_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    const std::string why = descriptor < 0 ? std::strerror(errno) : "it is not a file";
    if (descriptor >= 0) ::close(descriptor);
    throw InputError(fmt::format("'{}' could not be opened: {}", path.string(), why));
  }
  const std::uint64_t size = static_cast<std::uint64_t>(status.st_size);
  // Private: a write through a view copies the page and never reaches the file.
  void* address = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  if (address == MAP_FAILED) {
    throw InputError(fmt::format("'{}' could not be mapped into memory: {}", path.string(), std::strerror(error)));
  }
  return {std::shared_ptr<void>(address,
                                [size](void* p) {
                                  if (p != nullptr) ::munmap(p, size);
                                }),
          size};
}

}  // namespace safetensors_detail

/// Parses and checks the header. A friend class keeps the public header free of JSON.
class SafetensorsReader {
 public:
  using Json = nlohmann::ordered_json;

  SafetensorsReader(SafetensorsFile& file, const void* bytes, std::uint64_t size)
      : file_(file), bytes_(static_cast<const char*>(bytes)), size_(size) {}

  void read() {
    using safetensors_detail::kLengthBytes;
    if (size_ < kLengthBytes) {
      fail(size_, fmt::format("the file ends after {} bytes, before the 8 bytes of the header's length", size_));
    }
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = (length << 8U) | static_cast<unsigned char>(bytes_[i]);
    if (length > safetensors_detail::kMaxHeader) {
      fail(0, fmt::format("the header claims {} bytes, more than the {} that the format allows; is this a "
                          "safetensors file?",
                          length, safetensors_detail::kMaxHeader));
    }
    if (length > size_ - kLengthBytes) {
      fail(0, fmt::format("the header claims {} bytes, but the file holds only {} after its length", length,
                          size_ - kLengthBytes));
    }
    header_ = std::string_view(bytes_ + kLengthBytes, length);
    data_ = kLengthBytes + length;
    const Json header = parse();
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        read_metadata(value);
      } else {
        read_entry(name, value);
      }
    }
    check_layout();
  }

 private:
  [[noreturn]] void fail(std::uint64_t byte, const std::string& what) const {
    throw InputError(fmt::format("'{}' is damaged at byte {}: {}", file_.path_.string(), byte, what));
  }

  // Byte of a name in the header; its start when the name is written with escapes.
  [[nodiscard]] std::uint64_t place(std::string_view name) const {
    const std::size_t at = header_.find(fmt::format("\"{}\"", name));
    return safetensors_detail::kLengthBytes + (at == std::string_view::npos ? 0 : at);
  }

  [[nodiscard]] Json parse() const {
    std::vector<std::set<std::string>> keys;
    std::string twice;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      if (event == Json::parse_event_t::object_start) {
        keys.resize(static_cast<std::size_t>(depth) + 1);
        keys[static_cast<std::size_t>(depth)].clear();
      } else if (event == Json::parse_event_t::key) {
        const auto& name = value.get_ref<const std::string&>();
        if (!keys[static_cast<std::size_t>(depth) - 1].insert(name).second && twice.empty()) twice = name;
      }
      return true;
    };
    Json header;
    try {
      header = Json::parse(header_.begin(), header_.end(), watch);
    } catch (const Json::parse_error& error) {
      const std::uint64_t within = error.byte == 0 ? 0 : error.byte - 1;
      fail(safetensors_detail::kLengthBytes + within, "the header is not JSON from here on");
    }
    if (!header.is_object()) fail(safetensors_detail::kLengthBytes, "the header is not a JSON object");
    if (!twice.empty()) fail(place(twice), fmt::format("the name '{}' is there twice", twice));
    return header;
  }

  void read_metadata(const Json& value) const {
    if (!value.is_object()) fail(place("__metadata__"), "'__metadata__' is not an object of texts");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) fail(place(key), fmt::format("the metadata '{}' is not a text", key));
      file_.metadata_[key] = text.get<std::string>();
    }
  }

  void read_entry(const std::string& name, const Json& value) const {
    const std::uint64_t here = place(name);
    const auto wrong = [&](const std::string& what) { fail(here, fmt::format("tensor '{}' {}", name, what)); };
    if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") || !value.contains("data_offsets")) {
      wrong("does not state 'dtype', 'shape' and 'data_offsets'");
    }
    SafetensorsFile::Entry entry;
    const Json& type = value["dtype"];
    if (!type.is_string()) wrong("has a 'dtype' that is not a text");
    const auto known = safetensors_detail::type_from_name(type.get_ref<const std::string&>());
    if (!known) wrong(fmt::format("has the unknown dtype '{}'", type.get<std::string>()));
    entry.dtype = *known;

    const Json& shape = value["shape"];
    if (!shape.is_array()) wrong("has a 'shape' that is not a list");
    std::uint64_t bytes = c10::elementSize(entry.dtype);
    for (const Json& extent : shape) {
      if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > INT64_MAX) {
        wrong("has a 'shape' that is not a list of whole numbers from 0");
      }
      entry.shape.push_back(extent.get<std::int64_t>());
    }
    const bool empty = std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end();
    for (const std::int64_t extent : entry.shape) {
      if (!empty && __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes)) {
        wrong(fmt::format("has the impossible shape {}", safetensors_detail::shape_text(entry.shape)));
      }
    }
    if (empty) bytes = 0;

    const Json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      wrong("has 'data_offsets' that are not two whole numbers from 0");
    }
    const auto begin = offsets[0].get<std::uint64_t>();
    const auto end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > size_ - data_) {
      wrong(fmt::format("lies at {} to {} of the data, which have {} bytes", begin, end, size_ - data_));
    }
    if (end - begin != bytes) {
      wrong(fmt::format("has {} bytes, but its shape {} and dtype {} need {}", end - begin,
                        safetensors_detail::shape_text(entry.shape), type.get<std::string>(), bytes));
    }
    entry.begin = data_ + begin;
    entry.end = data_ + end;
    if (bytes > 0 && entry.begin % c10::elementSize(entry.dtype) != 0) {
      fail(entry.begin,
           fmt::format("tensor '{}' is not aligned to its {}-byte elements", name, c10::elementSize(entry.dtype)));
    }
    file_.names_.push_back(name);
    file_.entries_.emplace(name, std::move(entry));
  }

  void check_layout() const {
    std::vector<std::pair<const std::string*, const SafetensorsFile::Entry*>> order;
    for (const auto& [name, entry] : file_.entries_) order.emplace_back(&name, &entry);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
    });
    std::uint64_t at = data_;
    const std::string* before = nullptr;
    for (const auto& [name, entry] : order) {
      if (entry->begin < at) fail(entry->begin, fmt::format("tensor '{}' overlaps tensor '{}'", *name, *before));
      if (entry->begin > at) {
        fail(at, fmt::format("{} bytes before tensor '{}' belong to no tensor", entry->begin - at, *name));
      }
      at = entry->end;
      before = name;
    }
    if (at != size_) fail(at, fmt::format("{} bytes after the last tensor belong to none", size_ - at));
  }

  SafetensorsFile& file_;
  const char* bytes_;
  std::uint64_t size_;
  std::string_view header_;
  std::uint64_t data_ = 0;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  const safetensors_detail::Map map = safetensors_detail::map_file(path);
  map_ = map.bytes;
  SafetensorsReader(*this, map_.get(), map.size).read();
}

}  // namespace flashmotion
